/** Tables as the programs of the world write them, for tests of reading. */

export const SEPARATORS = [',', ';', '\t', '|'] as const;
export const LINE_ENDS = ['\n', '\r\n', '\r'] as const;
export type Encoded =
  | 'UTF-8'
  | 'UTF-8 with BOM'
  | 'UTF-16LE'
  | 'UTF-16BE'
  | 'UTF-16LE with BOM'
  | 'UTF-16BE with BOM'
  | 'Windows-1252';

export interface Way {
  separator: (typeof SEPARATORS)[number];
  lineEnd: (typeof LINE_ENDS)[number];
  /** "sep=;" above the heading. */
  sepLine: boolean;
  quoteAll: boolean;
  /** Around separators. */
  spaces: boolean;
  /** A line end after the last row. */
  lastEnd: boolean;
}

export function written(rows: readonly (readonly string[])[], way: Way): string {
  const { separator, lineEnd, quoteAll, spaces } = way;
  const quoted = (cell: string) =>
    quoteAll || /["\r\n]/.test(cell) || cell.includes(separator) ? `"${cell.replaceAll('"', '""')}"` : cell;
  const around = spaces && separator !== '\t' ? ` ${separator} ` : separator;
  const lines = rows.map((row) => row.map(quoted).join(around));
  return `${way.sepLine ? `sep=${separator}${lineEnd}` : ''}${lines.join(lineEnd)}${way.lastEnd ? lineEnd : ''}`;
}

/** @throws Error when the encoding has no such letter */
export function encoded(text: string, encoding: Encoded): Uint8Array {
  const [name, marked] = encoding.split(' with ');
  const whole = marked ? `\ufeff${text}` : text;
  if (name === 'UTF-8') return new TextEncoder().encode(whole);
  if (name === 'Windows-1252') return Uint8Array.from(text, byteOf);
  const bytes = Buffer.from(whole, 'utf16le');
  return name === 'UTF-16LE' ? bytes : bytes.swap16();
}

function byteOf(letter: string): number {
  const code = letter === '€' ? 0x80 : letter.codePointAt(0)!; // beside the euro, tests write Latin-1 only
  if (code > 0xff) throw new Error(`expected a letter of Latin-1, got "${letter}"`);
  return code;
}
