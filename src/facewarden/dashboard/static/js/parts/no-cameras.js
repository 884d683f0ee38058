// What stands where no camera can be shown: there is none yet, or none for whoever asks.

import { h } from "../dom.js";
import { href } from "../router.js";

export function noCameras(session) {
  if (!session.may("camera.write")) return "There are no cameras that you may see.";
  return ["No cameras yet. ", h("a", { href: href("cameras", ["new"]) }, "Add one"), "."];
}
