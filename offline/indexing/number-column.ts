/**
 * Whether a column of a catalogue's CSV holds numbers, and why not where it nearly does.
 *
 * "none" and the like among numbers say nothing. Commas are decimal unless they may as well divide thousands: then the column stays text,
 * since a wrong thousand is worse than a column that cannot be compared.
 */
import { isNoNumber, mayBeThousands, mixedDecimals, numberIn, shown } from '../formats/tables/cells.ts';
import type { Separator } from '../formats/tables/sniff.ts';

export interface NumberColumn {
  /** Where it holds numbers: a cell's, undefined where it says nothing. */
  numberOf?: (cell: string) => number | undefined;
  /** Cells beside the numbers that say nothing in a word, as they are written. */
  nothing?: readonly string[];
  /** Where it nearly does: what is in the way, and what to do. */
  butFor?: string;
}

/** @param cells those that say something, with their place for people */
export function numbersOf(
  cells: readonly { at: string; cell: string }[],
  separator: Separator | undefined,
): NumberColumn {
  const said = cells.filter(({ cell }) => !isNoNumber(cell));
  const texts = said.map(({ cell }) => cell);
  const numbers = texts.filter((cell) => numberOf(cell) !== undefined);
  if (!numbers.length) return {};
  if (numbers.length < texts.length) {
    const other = said.find(({ cell }) => numberOf(cell) === undefined)!;
    const isName = numberIn(other.cell) !== undefined; // "007": codes are meant as text
    return isName || 2 * numbers.length < texts.length
      ? {}
      : { butFor: `${other.at} has ${shown(other.cell)}. Write a number there, or nothing, to compare by it` };
  }
  const mixed = mixedDecimals(texts);
  if (mixed)
    return { butFor: `it has both ${shown(mixed.comma)} and ${shown(mixed.point)}. Write all decimals with a point` };
  // A table of semicolons is written where the comma is decimal.
  if (separator !== ';' && mayBeThousands(texts)) {
    const [one] = texts.filter((cell) => cell.includes(','));
    return {
      butFor: `${shown(one)} may be thousands or decimals. Write ${one.replace(',', '')} or ${one.replace(',', '.')}`,
    };
  }
  return { numberOf, nothing: cells.map(({ cell }) => cell).filter(isNoNumber) };
}

/** Names of digits are no numbers: "007", and more digits than a number holds. */
function numberOf(cell: string): number | undefined {
  const value = numberIn(cell);
  const isNumber = /^[-−]?(0|[1-9]\d*)([.,]\d+)?(e[+-]?\d+)?$/i.test(cell);
  return isNumber && value !== undefined && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : undefined;
}
