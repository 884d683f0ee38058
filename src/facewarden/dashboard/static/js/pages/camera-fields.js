// How a camera is set up, as fields of forms; what each means stands in docs/configuration.md.

export const BASIC = [
  { name: "name", label: "Name", help: "For people; empty: the id.", attributes: { maxlength: 100 } },
  { name: "source", label: "Address", required: true, help: "rtsp://..., http(s)://..., a local camera, or a path below one of the settings’ server.recordings. Shown without credentials; left as it is shown, it stays what it was.", attributes: { maxlength: 2048, autocomplete: "off", spellcheck: "false", dir: "ltr" } },
  { name: "username", label: "User of the camera", empty: null, attributes: { maxlength: 100, autocomplete: "off" } },
  { name: "password", label: "Password of that user", type: "password", empty: null, help: "Empty keeps the stored one. With another address it must be given again.", attributes: { maxlength: 1000, autocomplete: "new-password" } },
  { name: "enabled", label: "It is watched at all", type: "checkbox" },
  { name: "location", label: "Where it hangs", help: "For the receiver of an alert.", attributes: { maxlength: 100 } },
  { name: "latitude", label: "Latitude, degrees north", type: "number", help: "For the map; with longitude, or neither.", attributes: { min: -90, max: 90 } },
  { name: "longitude", label: "Longitude, degrees east", type: "number", attributes: { min: -180, max: 180 } },
  { name: "group", label: "Group", empty: null, help: "Rights are given on groups, and strangers are learnt for each.", attributes: { maxlength: 63, pattern: "[A-Za-z0-9][A-Za-z0-9_\\-]{0,62}" } },
];

export const FINE = [
  { name: "analyse_fps", label: "Pictures analysed a second", type: "number", required: true, attributes: { min: 0.1, max: 60 } },
  { name: "rotate_deg", label: "Pictures are turned clockwise by, degrees", type: "number", required: true, help: "For a camera that hangs sideways: 90, 180 or 270.", attributes: { min: 0, max: 270, step: 90 } },
  { name: "aspect", label: "Width to height of what the camera sees", empty: null, help: "Such as 4:3, where the pictures come squeezed; empty: as they come.", attributes: { pattern: "[1-9][0-9]?:[1-9][0-9]?" } },
  { name: "min_face_px", label: "Least height of a face, px", type: "number", required: true, attributes: { min: 8, max: 4096 } },
  { name: "min_confidence", label: "Least confidence of the detector", type: "number", required: true, attributes: { min: 0, max: 1 } },
  { name: "detect_size_px", label: "Longer side for detection, px", type: "number", help: "Empty: chosen from the least height of a face.", attributes: { min: 160, max: 4096 } },
  { name: "tracks_per_day", label: "People who pass a day, at first", type: "number", required: true, help: "Until they are counted.", attributes: { min: 1, max: 10000000 } },
  { name: "stall_timeout_s", label: "Counts as down after, s", type: "number", required: true, attributes: { min: 1, max: 600 } },
  { name: "motion_enabled", label: "Pictures without motion are skipped", type: "checkbox" },
  { name: "motion_threshold", label: "Share of the picture that counts as motion", type: "number", required: true, attributes: { min: 0, max: 1 } },
  { name: "motion_every_s", label: "Analysed at least every, s", type: "number", required: true, attributes: { min: 0, max: 60 } },
  { name: "verify_tls", label: "The certificate of an https or rtsps camera must hold", type: "checkbox" },
  { name: "ca_file", label: "File of the authority to trust (PEM, on the server)", empty: null, attributes: { maxlength: 1000 } },
  { name: "realtime", label: "A recording is played at its own speed", type: "checkbox" },
  { name: "loop", label: "A recording starts again when it has ended", type: "checkbox" },
  { name: "recorded_at", label: "A recording begins at", type: "datetime", help: "Empty: what the file says of itself, else when it is watched." },
];

/** What stands in the fields at first, where there is no camera yet; the server's defaults. */
export const FRESH = {
  source: "", username: null, name: "", location: "", latitude: null, longitude: null, group: null, enabled: true,
  watchlists: [], region: [], schedule: [], motion: { enabled: true, threshold: 0.0005, every_s: 1 }, analyse_fps: 5,
  rotate_deg: 0, aspect: null, detect_size_px: null, min_face_px: 40, min_confidence: 0.6, verify_tls: true, ca_file: null, stall_timeout_s: 10,
  realtime: false, loop: false, recorded_at: null, tracks_per_day: 1000,
};

/** A camera's setup as the fields hold it. */
export function flat({ motion, ...setup }) {
  return { ...setup, password: null, motion_enabled: motion.enabled, motion_threshold: motion.threshold, motion_every_s: motion.every_s };
}

/** The fields as the server takes them: {setup, password}. */
export function whole({ password, motion_enabled, motion_threshold, motion_every_s, ...setup }) {
  return { setup: { ...setup, motion: { enabled: motion_enabled, threshold: motion_threshold, every_s: motion_every_s } }, password };
}
