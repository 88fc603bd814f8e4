/** Reads a report's markup as strictly as XML, and finds what the tests ask for in it. */

const VOID = ['meta', 'br', 'hr', 'img', 'input', 'link'];

/** @throws Error at the first tag that is not closed in order, or that has an attribute without quotes */
export function tagsOf(document: string): string[] {
  const open: string[] = [];
  const seen: string[] = [];
  const withoutStyle = document.replace(/<style>[^<]*<\/style>/, '').replace(/^<!doctype html>/, '');
  for (const [whole, closing, name, attributes, selfClosing] of withoutStyle.matchAll(
    /<(\/?)([^\s>/]*)([^>]*?)(\/?)>/g,
  )) {
    if (!/^[a-z][a-z0-9]*$/.test(name)) throw new Error(`expected the name of a tag, got ${whole}`);
    if (!/^(\s+[a-zA-Z-]+="[^"<]*")*\s*$/.test(attributes)) throw new Error(`expected quoted attributes, got ${whole}`);
    if (closing) {
      const last = open.pop();
      if (last !== name) throw new Error(`expected </${last}>, got ${whole}`);
    } else {
      seen.push(name);
      if (!selfClosing && !VOID.includes(name)) open.push(name);
    }
  }
  if (open.length > 0) throw new Error(`expected every tag closed, got ${open.join(' ')} open`);
  return seen;
}

/** Numbers of the `d` of the i-th line of a chart, in the order of drawing: a list of runs, each a list of [x, y]. */
export function runsOf(markup: string, look: string): [number, number][][] {
  const [, d] = new RegExp(`<g class="${look}"><path class="line" d="([^"]*)"`).exec(markup) ?? [];
  if (d === undefined) throw new Error(`expected a line of class ${look}, got none`);
  return d
    .split('M')
    .filter(Boolean)
    .map((run) => run.split('L').map((point) => point.split(' ').map(Number) as [number, number]));
}
