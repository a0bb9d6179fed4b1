/** The only ways text and numbers reach the page: elements, attributes and text nodes, never markup. */
export type Kid = Node | string | null | undefined | false;
type Value = string | number | boolean | null | undefined | ((event: never) => void);
export type Attributes = Record<string, Value>;

const SVG = 'http://www.w3.org/2000/svg';

function fill<E extends Element>(element: E, attributes: Attributes, kids: Kid[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name, value as EventListener);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, kids);
  return element;
}

/** An HTML element; a function among the attributes is a listener. */
export function h<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  attributes: Attributes = {},
  ...kids: Kid[]
): HTMLElementTagNameMap[T] {
  return fill(document.createElement(tag), attributes, kids);
}

/** An SVG element. */
export function s<T extends keyof SVGElementTagNameMap>(
  tag: T,
  attributes: Attributes = {},
  ...kids: Kid[]
): SVGElementTagNameMap[T] {
  return fill(document.createElementNS(SVG, tag), attributes, kids);
}

export function append(element: Element, kids: Kid[]): void {
  for (const kid of kids) if (kid) element.append(kid);
}

/** Put these in, and nothing else. */
export function replace(element: Element, ...kids: Kid[]): void {
  element.replaceChildren(...kids.filter((kid): kid is Node | string => !!kid));
}

/** Set an attribute only when it differs: reading is free, writing restyles. */
export function put(element: Element, name: string, value: string | null): void {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
