/** The picture of the step on show as a file of its own, SVG or PNG: as on the screen, whole, and in need of nothing. */
import { h, s } from './dom';
import { clip } from './numbers';
import type { Playback } from './playback';
import * as WORDS from './words';

const HANDED_ON = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'font-family',
  'font-size',
  'font-weight',
  'font-style',
  'visibility'
];
const OWN = { opacity: '1', 'text-decoration-line': 'none' }; // of each element alone, and what it is unsaid
const PAGE = /^(class|style|role|tabindex|data-|aria-)/; // attributes that mean something on the page only
export const KINDS = ['SVG', 'PNG'] as const;
const SCALE = 2; //        pixels of a PNG for one of the picture
const LONGEST = 16_000; // pixels that browsers draw at most

/** The drawing as the text of an SVG: each look an attribute where it begins, for programs that read no styles. */
function drawing(world: SVGSVGElement, title: string): string {
  const [x, y, width, height] = (world.getAttribute('viewBox') ?? '').split(' ');
  const fill = getComputedStyle(world.closest('.agl') ?? world).backgroundColor;
  const copy = copied(world, null);
  copy.setAttribute('width', width);
  copy.setAttribute('height', height);
  copy.prepend(s('title', {}, title), s('rect', { x, y, width, height, fill }));
  return new XMLSerializer().serializeToString(copy);
}

/** Not cloned: an exported page's policy refuses a clone its styles. */
function copied(from: Element, around: CSSStyleDeclaration | null): SVGElement {
  const look = getComputedStyle(from);
  const copy = s(from.tagName as 'g');
  for (const name of from.getAttributeNames()) {
    if (!PAGE.test(name)) copy.setAttribute(name, from.getAttribute(name) ?? '');
  }
  for (const name of HANDED_ON) {
    const value = look.getPropertyValue(name);
    if (value !== around?.getPropertyValue(name)) copy.setAttribute(name, value);
  }
  for (const [name, unsaid] of Object.entries(OWN)) {
    const value = look.getPropertyValue(name);
    if (value !== unsaid) copy.setAttribute(name.replace('-line', ''), value);
  }
  for (const part of from.childNodes) {
    if (!(part instanceof Element)) copy.append(part.textContent ?? '');
    else if (!part.matches('.hit')) copy.append(copied(part, look)); // .hit: where the pointer may be
  }
  return copy;
}

type Kind = (typeof KINDS)[number];

/** Hand the picture of the step on show to the reader as a file, and say so where the browser cannot draw it. */
export async function save(world: SVGSVGElement, kind: Kind, of: Playback, say: (words: string) => void): Promise<void> {
  const { k, index } = of;
  const title = clip(index.recording.title, 60) + (index.frames.length ? WORDS.atStep(k, index.start) : '');
  try {
    const text = drawing(world, title);
    const file = kind === 'SVG' ? new Blob([text], { type: 'image/svg+xml' }) : await pixels(text);
    const href = URL.createObjectURL(file);
    h('a', { href, download: `${title.match(/[\p{L}\p{N}]+/gu)?.join('-')}.${kind.toLowerCase()}` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  } catch {
    say(WORDS.notSaved);
  }
}

async function pixels(text: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(text)}`; // an exported page allows no other
  await image.decode();
  const scale = Math.min(SCALE, LONGEST / Math.max(image.width, image.height));
  const canvas = h('canvas', { width: image.width * scale, height: image.height * scale });
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, failed) => canvas.toBlob(file => (file ? done(file) : failed(new Error()))));
}
