// Addresses of the dashboard are #/<page>/<part>/...?name=value; going back and forth works.

/** The address of a page: href("alerts", [id], {state: "new"}). */
export function href(page, parts = [], query = {}) {
  const words = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== ""));
  return `#/${[page, ...parts].map((part) => encodeURIComponent(part)).join("/")}${words.size ? `?${words}` : ""}`;
}

/** Go to a page. */
export function go(page, parts = [], query = {}) {
  location.hash = href(page, parts, query);
}

/** Change the query of the address without leaving the page (filters). */
export function keepQuery(query) {
  const { page, parts } = here();
  history.replaceState(null, "", href(page, parts, query));
}

/** What the address says: {page, parts, query}. */
export function here(hash = location.hash) {
  const [path, words = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [page = "", ...parts] = path.split("/").map(decoded);
  return { page, parts: parts.filter(Boolean), query: new URLSearchParams(words) };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
