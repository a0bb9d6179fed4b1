/** The only ways text and numbers reach the page: elements, attributes and text nodes, never markup. */
export type Kid = Node | string | null | undefined | false;
type Value = string | number | boolean | null | undefined | ((event: never) => void);
export type Attributes = Record<string, Value>;

export const EASING = 'cubic-bezier(.3,.7,.2,1)'; // of what moves
const SVG = 'http://www.w3.org/2000/svg';
const listening = new WeakSet<Node>(); // elements with listeners of their own

function fill<E extends Element>(element: E, attributes: Attributes, kids: Kid[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') {
      element.addEventListener(name, value as EventListener);
      listening.add(element);
    } else element.setAttribute(name, value === true ? '' : String(value));
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

/** The same to see, but elements that can stay do: a number that changed is then one text to lay out, not a new table to style. */
export function renew(element: Element, ...kids: Kid[]): void {
  liken(
    element,
    kids.filter((kid): kid is Node | string => !!kid).map(kid => (typeof kid === 'string' ? document.createTextNode(kid) : kid))
  );
}

function liken(element: Element, kids: Node[]): void {
  kids.forEach((kid, i) => {
    const old = element.childNodes[i];
    if (!old) element.append(kid);
    else if (!became(old, kid)) {
      const held = old === document.activeElement; // the focus stays where it was, for who goes by keys
      old.replaceWith(kid);
      if (held && kid instanceof HTMLElement) kid.focus();
    }
  });
  while (element.childNodes.length > kids.length) element.lastChild?.remove();
}

/** Whether `old` could be made what `fresh` is; what listens is never reused. */
function became(old: Node, fresh: Node): boolean {
  if (old.nodeName !== fresh.nodeName || listening.has(old) || listening.has(fresh)) return false;
  if (old instanceof Element && fresh instanceof Element) {
    for (const name of old.getAttributeNames()) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
    for (const name of fresh.getAttributeNames()) put(old, name, fresh.getAttribute(name));
    liken(old, [...fresh.childNodes]);
  } else if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
  return true;
}

/** Set an attribute only when it differs: reading is free, writing restyles. */
export function put(element: Element, name: string, value: string | null): void {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

const REST = 200; // ms without a call

/** To be called for each change: acts at once while the box is in sight, else when it comes into sight, or the changes end. */
export function inSight(box: HTMLElement, act: () => void, late: () => void): () => void {
  let seen = true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const now = (): void => {
    act();
    late();
  };
  new IntersectionObserver(entries => {
    seen = entries.at(-1)!.isIntersecting;
    if (seen) now();
  }).observe(box);
  return () => {
    clearTimeout(timer);
    if (seen) act();
    else timer = setTimeout(now, REST);
  };
}

/** Scroll a row into its box, below the `head` px that stand over it. */
export function scrollTo(box: HTMLElement, row: HTMLElement, head = 0): void {
  const [top, bottom] = [row.offsetTop, row.offsetTop + row.offsetHeight];
  if (top - head < box.scrollTop || bottom > box.scrollTop + box.clientHeight) box.scrollTop = top - box.clientHeight / 2;
}

/** Keys and clicks come first: what follows is a task of its own, not the rest of this one. */
export const breath = () =>
  new Promise<void>(done => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      done();
    };
    port2.postMessage(0);
  });
