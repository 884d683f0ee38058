// What there is to choose among: watchlists and cameras that may be seen.

/** @returns {Promise<string[]>} names; empty where lists may not be read */
export async function watchlistNames(api, session, signal) {
  if (!session.may("watchlist.read")) return [];
  return (await api.get("/watchlists", { signal })).map((one) => one.name);
}

/** All cameras, those of further pages included. */
export async function allCameras(api, session, signal) {
  if (!session.may("camera.read")) return [];
  const found = [];
  for await (const one of api.all("/cameras", { signal })) found.push(one);
  return found;
}
