// One camera's pictures with boxes, through a WebSocket; it comes again by itself.

const AGAIN_MS = [500, 1000, 2000, 5000];
const REFUSED = 4000; // plus the HTTP status: why the server closed it
const RATE_MS = 5000; // the frame rate is told over the last five seconds

/**
 * Follow a camera until `signal` aborts.
 * @param {Object} options
 * @param {string} options.camera id
 * @param {number} options.width px at most
 * @param {number} options.fps
 * @param {import("../session.js").Session} options.session
 * @param {(frame: Object, bitmap: ImageBitmap) => void} options.onframe the bitmap is closed after
 * @param {(words: string, kind: string) => void} options.onstate "live", "waiting", "off" or "lost"
 */
export function follow({ camera, width, fps, session, signal, onframe, onstate }) {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const address = `${scheme}//${location.host}/api/v1/cameras/${encodeURIComponent(camera)}/live?width=${width}&fps=${fps}`;
  const times = [];
  let socket = null;
  let failures = 0;
  let timer = null;
  let drawing = false;

  const open = () => {
    let frame = null;
    let opened = false;
    socket = new WebSocket(address);
    socket.binaryType = "blob";
    socket.onopen = () => {
      opened = true;
      onstate("Waiting for a picture", "waiting");
    };
    socket.onmessage = async ({ data }) => {
      if (typeof data === "string") {
        const told = JSON.parse(data);
        failures = 0;
        if (told.kind === "frame") frame = told;
        else onstate(told.watched ? "No new picture" : "No deployment watches it now", told.watched ? "waiting" : "off");
        return;
      }
      const mine = frame;
      if (!mine || drawing || signal.aborted) return; // a slow tablet leaves pictures out
      drawing = true;
      try {
        const bitmap = await createImageBitmap(new Blob([data], { type: "image/jpeg" }));
        if (!signal.aborted) {
          note();
          onframe(mine, bitmap);
          onstate("", "live");
        }
        bitmap.close();
      } catch {
        // A picture that cannot be decoded is left out; the next one comes.
      } finally {
        drawing = false;
      }
    };
    socket.onclose = async ({ code, reason }) => {
      if (signal.aborted) return;
      if (code >= REFUSED && code < REFUSED + 1000) {
        onstate(code === REFUSED + 404 ? "There is no such camera" : reason || "The server refuses it", "lost");
        if (code !== REFUSED + 429) return;
      } else onstate("No connection", "lost");
      failures += 1;
      // A session that has ended is asked for by whoever speaks to the server next.
      if (!opened || code === 1008) await session.check();
      if (!signal.aborted) timer = setTimeout(open, AGAIN_MS[Math.min(failures, AGAIN_MS.length) - 1]);
    };
  };
  const note = () => {
    const now = performance.now();
    times.push(now);
    while (times.length > 0 && times[0] < now - RATE_MS) times.shift();
  };
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    socket?.close();
  });
  open();
  return {
    /** Pictures a second that were shown lately. */
    rate: () => {
      const now = performance.now();
      return times.filter((at) => at > now - RATE_MS).length / (RATE_MS / 1000);
    },
  };
}
