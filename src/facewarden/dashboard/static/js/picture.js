// Pictures of the REST interface. They are fetched like everything else, so that a session that
// has ended, a picture that was removed and a lost network are told apart.

import { h, fill } from "./dom.js";

/**
 * A frame that shows a picture once it is there.
 * @param {import("./api.js").Api} api
 * @param {string} path
 * @param {Object} options
 * @param {string} options.alt
 * @param {AbortSignal} options.signal the page's: frees the picture
 * @param {string} [options.missing] said for 404
 * @param {(image: HTMLImageElement, headers: Headers) => void} [options.shown]
 */
export function picture(api, path, { alt, signal, missing = "No picture.", shown = null }) {
  const frame = h("div.picture", { "aria-busy": "true" });
  const load = async () => {
    try {
      const { blob, headers } = await api.blob(path, { signal });
      const address = URL.createObjectURL(blob);
      signal?.addEventListener("abort", () => URL.revokeObjectURL(address), { once: true });
      const image = h("img", { src: address, alt });
      await image.decode().catch(() => {});
      fill(frame, image);
      shown?.(image, headers);
    } catch (error) {
      if (error.name === "AbortError") return;
      fill(frame, error.status === 404 ? h("p.missing", null, missing)
        : h("p.missing", null, "The picture cannot be shown. ", h("button.plain", { type: "button", onclick: load }, "Try again")));
    } finally {
      frame.removeAttribute("aria-busy");
    }
  };
  load();
  return frame;
}
