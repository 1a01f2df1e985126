import type { Terminal } from '@xterm/xterm';

/*
 * A terminal writes its styles as text into elements and attributes, which the page's policy does not allow to anybody. Here
 * they become what scripts of the page may do: style sheets that it adopts, and styles of elements.
 */

/** The page's document, as a terminal wants it (`documentOverride`). */
export function terminalDocument(): Document {
  return new Proxy(document, {
    get(target, key) {
      if (key === 'createElement') return createElement;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/**
 * Opens a terminal with such a document. Some of it takes the page's own, whichever it was given: while it is opened that one
 * makes elements in the same way, and what makes its rows is handed the other one.
 */
export function openWith(styled: Document, screen: Terminal, element: HTMLElement): void {
  document.createElement = createElement as typeof document.createElement;
  try {
    screen.open(element);
  } finally {
    // What it inherits is in force again.
    Reflect.deleteProperty(document, 'createElement');
  }
  const rows = (screen as unknown as Inside)._core?._renderService?._renderer?.value?._rowFactory;
  if (rows !== undefined) rows._document = styled;
}

/** What of a terminal makes its rows. Where its inside is another one, colours of 24 bits are lost. */
interface Inside {
  readonly _core?: {
    readonly _renderService?: {
      readonly _renderer?: { readonly value?: { readonly _rowFactory?: { _document: Document } } };
    };
  };
}

function createElement(tag: string): HTMLElement {
  if (tag === 'style') return adoptedStyle();
  const element = made(tag);
  const setAttribute = element.setAttribute.bind(element);
  element.setAttribute = (name, value) => {
    if (name === 'style') element.style.cssText = value;
    else setAttribute(name, value);
  };
  return element;
}

/** In place of a style element: what is written into it is a style sheet of the page's, until it is removed. */
function adoptedStyle(): HTMLElement {
  const element = made('span');
  element.hidden = true;
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  Object.defineProperty(element, 'textContent', { set: (text: string) => sheet.replaceSync(text) });
  const remove = element.remove.bind(element);
  element.remove = () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
    remove();
  };
  return element;
}

const made = (tag: string): HTMLElement => Document.prototype.createElement.call(document, tag);
