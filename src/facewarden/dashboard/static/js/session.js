// Who is signed in and what they may do, as GET /session says. The server enforces every right;
// the page only leaves out what it would refuse.

export class Session {
  #state = null;
  #asking = null;

  constructor() {
    this.changed = new EventTarget();
    /** Opens the sign-in dialog; resolves to a new state, or null when the user gave up. */
    this.signInAgain = async () => null;
  }

  /** The state as the server gave it, or null while nobody is signed in. */
  get state() {
    return this.#state;
  }

  /** The login of who is signed in. */
  get login() {
    return this.#state?.login ?? "";
  }

  token = () => this.#state?.csrf_token ?? "";

  /** Whether they have a right, or one of several: may("alert.read"), may(["a", "b"]). */
  may(permission) {
    if (!permission) return true;
    const wanted = Array.isArray(permission) ? permission : [permission];
    return wanted.some((one) => this.#state?.permissions.includes(one));
  }

  /** Take over a state; null: nobody is signed in. */
  take(state) {
    this.#state = state;
    this.changed.dispatchEvent(new Event("change"));
  }

  /** Read the state; false: nobody is signed in. Throws where there is no answer. */
  async load() {
    const response = await fetch("/api/v1/session", { credentials: "same-origin", cache: "no-store" });
    if (response.status === 401) {
      this.take(null);
      return false;
    }
    if (!response.ok) throw new Error(`the session cannot be read: ${response.status}`);
    this.take(await response.json());
    return true;
  }

  /**
   * Ask for a new session in the middle of work; many requests may ask at once, one dialog opens.
   * Resolves to false when nobody was signed in, or the user gave up.
   */
  again = async () => {
    if (!this.#state) return false;
    this.#asking ??= this.#renew().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  };

  /** Find out whether the session still holds; asks for a new one where it does not. */
  async check() {
    const response = await fetch("/api/v1/session", { credentials: "same-origin", cache: "no-store" }).catch(() => null);
    return response?.status === 401 ? this.again() : response !== null;
  }

  async #renew() {
    const before = this.#state;
    // Another tab may have signed in already: its cookie is ours, its token is not.
    try {
      if (await this.load()) return this.#same(before);
    } catch {
      return false;
    }
    this.#state = before; // the page stays as it is beneath the dialog
    const state = await this.signInAgain(before.login);
    this.take(state);
    return state !== null && this.#same(before);
  }

  #same(before) {
    if (this.#state.user_id === before.user_id) return true;
    // Somebody else sits here now: nothing of the one before may stay on the screen.
    location.reload();
    return false;
  }
}
