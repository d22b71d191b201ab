// Pages read without this. With it they stay fresh while something changes, and pictures can be had as PNG.
(() => {
  const main = () => document.querySelector("main");
  const live = document.querySelector(".live");
  let asking = false, again = false;

  async function refresh() {
    if (asking) { again = true; return; }
    const focused = document.activeElement;
    if (focused && main().contains(focused) && /^(INPUT|SELECT|TEXTAREA|BUTTON)$/.test(focused.tagName)) return; // nobody's typing is taken away
    asking = true;
    try {
      const reply = await fetch(location.href, { headers: { "X-Live": "1" }, redirect: "manual" });
      if (reply.ok) {
        const fresh = new DOMParser().parseFromString(await reply.text(), "text/html");
        main().replaceWith(fresh.querySelector("main"));
        document.querySelector("footer time").replaceWith(fresh.querySelector("footer time"));
        pictures();
      } else if (reply.type === "opaqueredirect" || reply.status === 401) location.reload();
    } catch { say(" – not reached, what you see may be old"); }
    asking = false;
    if (again) { again = false; setTimeout(refresh, 1000); }
  }

  const say = (words) => { if (live) live.textContent = words; };

  function pictures() {
    for (const link of document.querySelectorAll("a.png")) {
      link.hidden = false;
      link.onclick = async (pressed) => {
        pressed.preventDefault();
        const image = new Image();
        image.src = link.href;
        await image.decode();
        const canvas = document.createElement("canvas");
        canvas.width = 2 * 720; canvas.height = Math.round(canvas.width * image.naturalHeight / image.naturalWidth);
        const context = canvas.getContext("2d");
        context.fillStyle = "#fff"; context.fillRect(0, 0, canvas.width, canvas.height);
        context.drawImage(image, 0, 0, canvas.width, canvas.height);
        const file = document.createElement("a");
        file.download = link.dataset.name + ".png"; file.href = canvas.toDataURL("image/png"); file.click();
      };
    }
  }

  pictures();
  if (!document.querySelector("nav[aria-label=Main]") || !window.EventSource) return;
  const events = new EventSource("/live");
  events.addEventListener("here", () => say(", live"));
  events.addEventListener("changed", refresh);
  events.onerror = () => say(" – connection lost, what you see may be old");
})();
