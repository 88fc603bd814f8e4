/**
 * The command lines of the documents.
 *
 * A block marked `sh` is run as it is written; a block without a mark shows what needs an account or the reader's own folders, or what is printed.
 */

export interface CommandLine {
  /** Of the document, relative to the repository. */
  file: string;
  /** Counted from 1. */
  line: number;
  command: string;
}

/** The lines of every `sh` block, in order, without blank ones. A line that ends in a backslash goes on in the next. */
export function commandLines(file: string, markdown: string): CommandLine[] {
  const found: CommandLine[] = [];
  let inBlock = false;
  let begun: CommandLine | undefined;
  for (const [i, text] of markdown.split('\n').entries()) {
    if (text.startsWith('```')) {
      inBlock = !inBlock && text.trim() === '```sh';
      continue;
    }
    if (!inBlock || text.trim() === '') continue;
    const goesOn = text.endsWith('\\');
    const part = goesOn ? text.slice(0, -1) : text;
    begun = begun ? { ...begun, command: begun.command + part } : { file, line: i + 1, command: part };
    if (goesOn) continue;
    found.push(begun);
    begun = undefined;
  }
  return found;
}
