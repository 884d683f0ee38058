// Elements made of words: h("button.primary", {type: "button", onclick: save}, "Save").
//
// Text always becomes a text node. There is no way here to set markup or a style attribute, so
// that nothing anybody typed can be anything but text (and the page's policy would refuse it).

const FORBIDDEN = new Set(["style", "innerhtml", "outerhtml", "srcdoc"]);

/**
 * Make an element.
 * @param {string} name tag with classes and id: "div.card.wide#main"
 * @param {Object} [props] attributes; on<event> functions become listeners; true and false set and
 *   omit an attribute; `value`, `checked`, `disabled`, `selected`, `open` are set as properties
 * @param {...(Node|string|number|null|false|Array)} children
 */
export function h(name, props = null, ...children) {
  const [, tag, rest] = /^([a-z][a-z0-9]*)(.*)$/.exec(name);
  const element = document.createElement(tag);
  for (const part of rest.match(/[.#][^.#]+/g) ?? []) {
    if (part[0] === ".") element.classList.add(part.slice(1));
    else element.id = part.slice(1);
  }
  if (props instanceof Node || typeof props !== "object" || Array.isArray(props)) {
    children.unshift(props);
  } else if (props) {
    for (const [key, value] of Object.entries(props)) set(element, key, value);
  }
  add(element, children);
  return element;
}

function set(element, key, value) {
  if (FORBIDDEN.has(key.toLowerCase())) throw new TypeError(`h() does not set ${key}`);
  if (value === null || value === undefined) return;
  if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
  else if (key === "class") element.classList.add(...value.split(" ").filter(Boolean));
  else if (PROPERTIES.has(key)) element[key] = value;
  else if (value === true) element.setAttribute(key, "");
  else if (value !== false) element.setAttribute(key, String(value));
}

const PROPERTIES = new Set(["value", "checked", "disabled", "selected", "open", "hidden", "indeterminate"]);

function add(element, children) {
  for (const child of children) {
    if (Array.isArray(child)) add(element, child);
    else if (child instanceof Node) element.append(child);
    else if (child !== null && child !== undefined && child !== false) {
      element.append(document.createTextNode(String(child)));
    }
  }
}

/** Put these children in place of what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
  return element;
}

/** Text that a person wrote, in whatever direction its script runs. */
export function said(text) {
  return h("bdi", null, text);
}

/** A number that makes ids unique on this page. */
export function newId(prefix = "id") {
  counter += 1;
  return `${prefix}-${counter}`;
}
let counter = 0;

/** Make an SVG element; attributes only. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "style") throw new TypeError("svg() does not set style");
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, String(value));
  }
  add(element, children);
  return element;
}
