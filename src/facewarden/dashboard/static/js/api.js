// The REST interface as a browser speaks it: one place for the session's cookie and CSRF token,
// ETags, idempotency keys, cursors, problems, and for signing in again in the middle of work.

const ROOT = "/api/v1";

/** What the server answered instead (problem+json), or that there was no answer (status 0). */
export class Problem extends Error {
  constructor(status, body = {}) {
    super(body.detail || body.title || "no answer");
    this.name = "Problem";
    this.status = status;
    this.title = body.title ?? "";
    this.detail = body.detail ?? "";
    this.expected = body.expected ?? "";
    this.found = body.found ?? "";
    this.remedy = body.remedy ?? "";
    this.problems = body.problems ?? [];
  }

  /** Whether the network, not the server, is to blame. */
  get lost() {
    return this.status === 0;
  }
}

const LOST = {
  title: "no connection",
  detail: "The server cannot be reached.",
  remedy: "Nothing that you typed is lost. Try again when the connection is back.",
};

export class Api {
  /** @param {{token: () => string, again: (signal) => Promise<boolean>}} session
   *  `again` asks for a new session where the old one has ended; false: the user gave up. */
  constructor(session) {
    this.session = session;
    this.onlost = () => {};
    this.onfound = () => {};
  }

  /** GET; returns the body. */
  async get(path, { query, signal } = {}) {
    return (await this.read(path, { query, signal })).data;
  }

  /** GET; returns {data, etag}. The ETag goes back with put, patch and delete. */
  async read(path, { query, signal } = {}) {
    const response = await this.send("GET", path, { query, signal });
    return { data: await body(response), etag: response.headers.get("ETag") ?? "" };
  }

  /** POST JSON; repeat it with the same `key` and nothing is made twice. Returns the body.
   *  With the ETag that was read: 412 when somebody has changed it since. */
  async post(path, json, { key = newKey(), etag = "", signal, query } = {}) {
    return body(await this.send("POST", path, { json, key, etag, signal, query }));
  }

  /** PUT JSON with the ETag that was read; 412 when somebody has changed it since. */
  async put(path, json, etag, { signal } = {}) {
    const response = await this.send("PUT", path, { json, etag, signal });
    return { data: await body(response), etag: response.headers.get("ETag") ?? "" };
  }

  /** PATCH JSON with the ETag that was read; 412 when somebody has changed it since. */
  async patch(path, json, etag, { signal } = {}) {
    const response = await this.send("PATCH", path, { json, etag, signal });
    return { data: await body(response), etag: response.headers.get("ETag") ?? "" };
  }

  /** DELETE with the ETag that was read, where there is one. */
  async delete(path, etag = "", { signal, query } = {}) {
    return body(await this.send("DELETE", path, { etag, signal, query }));
  }

  /** GET one page of a list: {items, next}. */
  async page(path, { query = {}, cursor = null, limit = 50, signal } = {}) {
    return this.get(path, { query: { ...query, limit, cursor }, signal });
  }

  /** Go through a list to its end: for await (const item of api.all("/cameras")). */
  async *all(path, { query = {}, limit = 200, signal } = {}) {
    let cursor = null;
    do {
      const page = await this.page(path, { query, cursor, limit, signal });
      yield* page.items;
      cursor = page.next;
    } while (cursor);
  }

  /** GET a picture or file as a Blob; `headers` come with it. */
  async blob(path, { query, signal } = {}) {
    const response = await this.send("GET", path, { query, signal });
    return { blob: await response.blob(), headers: response.headers };
  }

  /**
   * POST a file or form with progress; a session that ends meanwhile is renewed and it goes on.
   * @param {FormData|Blob} data
   * @param {(share: number) => void} [onprogress] share sent, in [0, 1]
   */
  async upload(path, data, { key = newKey(), onprogress = () => {}, signal, query, method = "POST" } = {}) {
    for (;;) {
      const answer = await this.#push(method, url(path, query), data, key, onprogress, signal);
      if (answer.status !== 401 || !(await this.session.again(signal))) {
        if (answer.status >= 400) throw new Problem(answer.status, answer.json ?? {});
        return answer.json;
      }
    }
  }

  /** Send a request; throws a Problem for whatever is not a success. */
  async send(method, path, { query, json, key, etag, signal } = {}) {
    for (;;) {
      const headers = { Accept: "application/json, */*" };
      if (json !== undefined) headers["Content-Type"] = "application/json";
      if (method !== "GET") headers["X-CSRF-Token"] = this.session.token();
      if (key) headers["Idempotency-Key"] = key;
      if (etag) headers["If-Match"] = etag;
      const text = json === undefined ? undefined : JSON.stringify(json);
      const response = await this.#fetch(url(path, query), { method, headers, body: text, signal });
      if (response.ok) return response;
      const problem = new Problem(response.status, await parsed(response));
      // A session may end in the middle of work: sign in over the page, then go on.
      if (response.status === 401 && (await this.session.again(signal))) continue;
      throw problem;
    }
  }

  async #fetch(address, options) {
    try {
      const response = await fetch(address, { ...options, credentials: "same-origin", cache: "no-store" });
      this.onfound();
      return response;
    } catch (error) {
      if (error.name === "AbortError") throw error;
      this.onlost();
      throw new Problem(0, LOST);
    }
  }

  #push(method, address, data, key, onprogress, signal) {
    // fetch does not tell how much of a body was sent.
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(method, address);
      request.setRequestHeader("X-CSRF-Token", this.session.token());
      request.setRequestHeader("Idempotency-Key", key);
      request.upload.onprogress = (event) => event.lengthComputable && onprogress(event.loaded / event.total);
      request.onload = () => {
        this.onfound();
        resolve({ status: request.status, json: jsonOrNull(request.responseText) });
      };
      request.onerror = () => {
        this.onlost();
        reject(new Problem(0, LOST));
      };
      request.onabort = () => reject(new DOMException("left", "AbortError"));
      signal?.addEventListener("abort", () => request.abort(), { once: true });
      request.send(data);
    });
  }
}

/** A new idempotency key: one for each thing to be made. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The address of a route; parameters that are null, undefined or empty are left out. */
export function url(path, query = {}) {
  const pairs = Object.entries(query ?? {}).flatMap(([key, value]) =>
    Array.isArray(value) ? value.map((one) => [key, one]) : [[key, value]],
  );
  const words = new URLSearchParams(pairs.filter(([, value]) => value !== null && value !== undefined && value !== ""));
  return ROOT + path + (words.size ? `?${words}` : "");
}

async function body(response) {
  if (response.status === 204) return null;
  const text = await response.text();
  return text ? jsonOrNull(text) : null;
}

async function parsed(response) {
  return jsonOrNull(await response.text().catch(() => "")) ?? { title: response.statusText };
}

function jsonOrNull(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
