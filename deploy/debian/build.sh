#!/usr/bin/env bash
# Builds a Debian package of one of the two daemons. usage: build.sh coordinator|site [OUT]
set -euo pipefail

name=${1:-}
case $name in
    coordinator) project=coordinator/Federated.Coordinator.Server summary="coordinator of a federated imaging consortium" readme=coordinator/README.md first=init ;;
    site) project=site-agent/Federated.SiteAgent.Host summary="a hospital's agent in a federated imaging consortium" readme=site-agent/README.md first=join ;;
    *) echo "usage: build.sh coordinator|site [OUT]" >&2; exit 2 ;;
esac
for tool in dotnet dpkg-deb; do
    command -v "$tool" >/dev/null || { echo "$tool is missing: install it first" >&2; exit 2; }
done

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out=$(mkdir -p "${2:-out}" && cd "${2:-out}" && pwd)
package=federated-$name
version=$(grep -oPm1 '(?<=<Version>)[^<]+' Directory.Build.props)
case $(dpkg --print-architecture) in
    amd64) architecture=amd64 runtime=linux-x64 ;;
    arm64) architecture=arm64 runtime=linux-arm64 ;;
    *) echo "only amd64 and arm64 are built" >&2; exit 2 ;;
esac

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"

# Versions are pinned in Directory.Packages.props; the lock files say nothing of a runtime, so they are left alone here.
dotnet publish "$project" -c Release -r "$runtime" --self-contained \
    -p:RestorePackagesWithLockFile=false -p:ArtifactsPath="$root/artifacts" -p:DebugType=none -p:GenerateDocumentationFile=false -v quiet -o "$root/tree/usr/lib/$package"
rm -rf "$root/artifacts"

tree=$root/tree
# Every page of the coordinator is served from the assembly itself, and nothing else reads these.
find "$tree/usr/lib/$package" -name '*.pdb' -delete
install -d "$tree/usr/bin" "$tree/DEBIAN"
ln -s "../lib/$package/$package" "$tree/usr/bin/$package"
install -Dm 644 "deploy/systemd/$package.service" "$tree/lib/systemd/system/$package.service"
install -Dm 644 "$readme" "$tree/usr/share/doc/$package/README.md"
install -Dm 644 LICENSE "$tree/usr/share/doc/$package/copyright"
install -d "$tree/etc/default"
cat > "$tree/etc/default/$package" <<DEFAULTS
# Options and environment of $package.service; see /usr/share/doc/$package/README.md.
FEDERATED_OPTIONS=
DEFAULTS
chmod 644 "$tree/etc/default/$package"
find "$tree" -type d -exec chmod 755 {} +
find "$tree/usr/lib/$package" -type f ! -name "$package" -exec chmod 644 {} +
chmod 755 "$tree/usr/lib/$package/$package"

cat > "$tree/DEBIAN/control" <<CONTROL
Package: $package
Version: $version
Architecture: $architecture
Maintainer: Federated <federated@localhost>
Installed-Size: $(du -sk "$tree" | cut -f1)
Depends: adduser, libc6 (>= 2.36), libgcc-s1, libstdc++6, libssl3, zlib1g, ca-certificates
$([ "$name" = site ] && echo "Recommends: libgdcm-tools")
Section: science
Priority: optional
Description: $summary
 Images and rows stay in the hospital; only declared sums leave it.
 The .NET runtime is part of the package.
CONTROL
sed -i '/^$/d' "$tree/DEBIAN/control"
echo "/etc/default/$package" > "$tree/DEBIAN/conffiles"
cat > "$tree/DEBIAN/postinst" <<POSTINST
#!/bin/sh
set -e
if [ "\$1" = configure ]; then
    adduser --system --group --quiet --home /var/lib/$package --no-create-home $package
    install -d -m 700 -o $package -g $package /var/lib/$package
    if [ -d /run/systemd/system ]; then
        systemctl daemon-reload
        # After an upgrade the new program serves; a new installation has nothing to serve yet.
        systemctl try-restart $package.service || true
    fi
    [ -n "\$2" ] || echo "Next: sudo -u $package $package $first --help"
fi
POSTINST
cat > "$tree/DEBIAN/prerm" <<PRERM
#!/bin/sh
set -e
if [ "\$1" = remove ] && [ -d /run/systemd/system ]; then systemctl disable --now $package.service || true; fi
PRERM
chmod 755 "$tree/DEBIAN/postinst" "$tree/DEBIAN/prerm"

file=$out/${package}_${version}_${architecture}.deb
dpkg-deb --root-owner-group -Zxz --build "$tree" "$file" >/dev/null
echo "$file"
