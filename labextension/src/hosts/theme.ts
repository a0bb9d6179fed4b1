/**
 * A page in a frame cannot see whether JupyterLab's theme is dark, and its reader's system may be light. So it asks the page
 * around it; where the labextension is, it is told, and told again when the theme changes.
 */
const ASKS = 'autograd-lab-theme';
const SAYS = 'autograd-lab-theme-';

/** In JupyterLab: answer the pages that ask. */
export function tellTheme(): void {
  const pages = new Set<Window>();
  const tell = (page: Window) =>
    page.postMessage(SAYS + (document.body.dataset.jpThemeLight === 'false' ? 'dark' : 'light'), '*');
  addEventListener('message', ({ data, source }) => {
    if (data !== ASKS || !source) return;
    pages.add(source as Window);
    tell(source as Window);
  });
  const again = () => {
    for (const page of pages) {
      if (page.closed) pages.delete(page);
      else tell(page);
    }
  };
  new MutationObserver(again).observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-light'] });
}

/** In a frame: hear `dark` or `light` from the page around, if that says it. */
export function hearTheme(put: (theme: string) => void): void {
  addEventListener('message', ({ data, source }) => {
    const theme = ['dark', 'light'].find(theme => data === SAYS + theme);
    if (theme && source === parent) put(theme);
  });
  if (parent !== window) parent.postMessage(ASKS, '*');
}
