// The event stream: every alert that this session may see, without a gap, whatever the network does.
//
// A WebSocket, since a browser opens only six connections of the other kind to one server, and
// every tab would hold one. The server ends it each minute; the last id leads on from there.

const SILENT_MS = 25_000; // the server says something at least every 10 s
const AGAIN_MS = [300, 1000, 2000, 4000, 6000];

export class Events extends EventTarget {
  #socket = null;
  #last = null;
  #failures = 0;
  #timer = null;
  #running = false;

  /** @param {import("./session.js").Session} session */
  constructor(session) {
    super();
    this.session = session;
    /** "off", "live", or "lost" since `lostAt`. */
    this.state = "off";
    this.lostAt = null;
    addEventListener("online", () => this.#now());
    addEventListener("offline", () => this.#running && this.#drop());
    document.addEventListener("visibilitychange", () => !document.hidden && this.state === "lost" && this.#now());
  }

  /** Begin to follow, where the session may. */
  start() {
    if (this.#running || !this.session.may("alert.read")) return;
    this.#running = true;
    this.#open();
  }

  /** Stop, and forget where it was: somebody else may sign in. */
  stop() {
    this.#running = false;
    this.#last = null;
    clearTimeout(this.#timer);
    this.#close();
    this.#become("off");
  }

  /** Have `run(alert)` called for every alert that is new, revised or reviewed. */
  onAlert(signal, run) {
    this.addEventListener("alert", (event) => run(event.detail), { signal });
  }

  /** Have `run(event)` called when a camera, or a whole watch, changes its state. */
  onCamera(signal, run) {
    this.addEventListener("camera", (event) => run(event.detail), { signal });
  }

  /**
   * Have `run()` called when lists must be read again: the stream has just begun, or too much was
   * missed to tell it one by one.
   */
  onReload(signal, run) {
    this.addEventListener("reload", run, { signal });
  }

  #open() {
    this.#close();
    const after = this.#last === null ? "" : `?after=${encodeURIComponent(this.#last)}`;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/api/v1/events/ws${after}`);
    this.#socket = socket;
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.#failures = 0;
      this.#become("live");
      this.#watch();
      // Without an id to go on from, what came since the lists were read is only in the lists.
      if (this.#last === null) this.dispatchEvent(new Event("reload"));
    };
    socket.onmessage = (message) => {
      this.#watch();
      this.#take(JSON.parse(message.data));
    };
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      this.#socket = null;
      if (opened) this.#later(0);
      else this.#failed();
    };
    this.#watch();
  }

  #take(event) {
    const first = this.#last === null;
    const fresh = this.#last !== event.id;
    this.#last = event.id;
    if (first) this.dispatchEvent(new Event("reload"));
    if (event.kind === "alert" && fresh) this.dispatchEvent(new CustomEvent("alert", { detail: event.alert }));
    if (event.kind === "camera") this.dispatchEvent(new CustomEvent("camera", { detail: event.camera }));
    if (event.kind === "reload") this.dispatchEvent(new Event("reload"));
  }

  /** The handshake failed: a WebSocket does not tell why, so ask. */
  async #failed() {
    this.#failures += 1;
    if (!this.#running) return;
    this.#become("lost");
    if (await this.session.check()) this.#later(AGAIN_MS[0]);
    else this.#later(AGAIN_MS[Math.min(this.#failures, AGAIN_MS.length) - 1]);
  }

  #later(ms) {
    if (!this.#running) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), ms * (1 + Math.random() / 4));
  }

  #now() {
    if (this.#running && this.state !== "live") this.#later(0);
  }

  #watch() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#drop(), SILENT_MS);
  }

  #drop() {
    this.#close();
    this.#become("lost");
    this.#later(AGAIN_MS[0]);
  }

  #close() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #become(state) {
    if (state === this.state) return;
    this.lostAt = state === "lost" ? new Date() : null;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
