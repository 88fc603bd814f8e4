/**
 * Markup that cannot be broken by what is put into it, and the page around it.
 *
 * Run names, paths and config values come from outside. `html` escapes every value but markup made by `html` itself, so a
 * page is safe unless someone calls `trusted`. A page is one file: no script, no font, no request; its own policy forbids them.
 */
import { styleSheet } from './style.ts';

export interface Markup {
  readonly markup: string;
}

export type Value = string | number | Markup | readonly Value[] | undefined;

/** Text becomes text, markup stays markup, lists are joined, undefined is nothing. Quote every attribute. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  let markup = parts[0];
  for (const [i, value] of values.entries()) markup += render(value) + parts[i + 1];
  return { markup };
}

/** For text of our own that must not be escaped, such as a style sheet. */
export const trusted = (markup: string): Markup => ({ markup });

/** A whole document: the same arguments give the same bytes. */
export function page(title: string, body: Markup): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${trusted(styleSheet())}</style>
</head>
<body>
${body}
</body>
</html>
`.markup;
}

function render(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return escaped(value);
  if (typeof value === 'number') return String(value);
  return 'markup' in value ? value.markup : value.map(render).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
