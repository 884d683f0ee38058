// Two soft tones, made here: no file is needed. Browsers keep a page silent until somebody has
// touched it; then `blocked` says so.

export class Chime {
  #context = null;
  blocked = false;
  onblocked = () => {};

  async ring() {
    this.#context ??= new AudioContext();
    if (this.#context.state !== "running") {
      // resume() waits for a gesture for ever where there was none.
      await Promise.race([this.#context.resume(), new Promise((done) => setTimeout(done, 200))]);
    }
    this.blocked = this.#context.state !== "running";
    if (this.blocked) {
      this.onblocked();
      return;
    }
    const now = this.#context.currentTime;
    this.#tone(880, now);
    this.#tone(660, now + 0.22);
  }

  async unblock() {
    this.#context ??= new AudioContext();
    await this.#context.resume();
    this.blocked = false;
    await this.ring();
  }

  #tone(hertz, at) {
    const tone = this.#context.createOscillator();
    const volume = this.#context.createGain();
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.25, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.5);
    tone.connect(volume).connect(this.#context.destination);
    tone.start(at);
    tone.stop(at + 0.5);
  }
}
