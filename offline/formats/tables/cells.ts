/**
 * What people write into the cells of a table: nothing in many words, numbers, and places in a track.
 *
 * Numbers are decimal, with a point or a comma ("2.5", "2,5"), a place also a clock's ("1:02.5", "0:01:02,5"). What JavaScript's Number()
 * takes beyond that ("0x1", "", "Infinity") is no number here, and neither are digits in groups ("1.234,5"), units, and timecodes with frames.
 */
import { shortText } from '../../../index/cut-text.ts';

/** Without spaces of any kind around, and without the marks that editors and browsers leave there unseen. */
export const trimmed = (text: string): string => text.replace(/^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu, '');

const NOTHING = new Set(['', '-', '--', '–', '—', 'n/a', '#n/a']);
const NOTHING_AS_NUMBER = new Set([...NOTHING, 'na', 'n.a.', 'nan', 'null', 'none', 'nil', '?']);

/** Whether a cell is written but says nothing, as "n/a" does. */
export const isNothing = (cell: string): boolean => NOTHING.has(cell.toLowerCase());
/** Whether a cell among numbers says nothing: there a "none" is no name. */
export const isNoNumber = (cell: string): boolean => NOTHING_AS_NUMBER.has(cell.toLowerCase());

/** @returns undefined where the text is no number */
export function numberIn(text: string): number | undefined {
  if (!NUMBER.test(text)) return undefined;
  const value = Number(text.replace(',', '.').replace('−', '-'));
  return Number.isFinite(value) ? value : undefined;
}

const NUMBER = /^[+\-−]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i;
const CLOCK = /^(?:(\d{1,3}):(?=\d\d:))?(\d{1,4}):(\d\d(?:[.,]\d+)?)$/;

/** Seconds of a number, m:ss or h:mm:ss, also with decimals. @returns undefined where the text is none of them */
export function secondsIn(text: string): number | undefined {
  const clock = CLOCK.exec(text);
  if (!clock) return numberIn(text);
  const [hours, minutes, seconds] = [Number(clock[1] ?? 0), Number(clock[2]), Number(clock[3].replace(',', '.'))];
  if (seconds >= 60 || (clock[1] !== undefined && minutes >= 60)) return undefined;
  // Decimals as they are written: 62.3, not 62.300000000000004.
  return Number((3600 * hours + 60 * minutes + seconds).toFixed(9));
}

/** What is wrong with a text that is no seconds, and what to write. */
export function noSeconds(text: string): string {
  const wrong = `expected seconds (12.5) or a time (m:ss, h:mm:ss.mmm), got ${shown(text)}`;
  if (/^\d+:\d\d:\d\d[:;]\d+$/.test(text)) return `${wrong}, which ends in frames. Write them as decimals of a second`;
  if (/^[\d.,]+\s*\p{L}+\.?$/u.test(text)) return `${wrong}. Leave the unit out`;
  return wrong;
}

const hasComma = (text: string): boolean => text.includes(',') && numberIn(text) !== undefined;
const hasPoint = (text: string): boolean => text.includes('.') && numberIn(text) !== undefined;

/**
 * Whether a column's commas are decimal: no, where another cell of it has a decimal point, since "1,234" is then a thousand and more
 * to some and a little over one to others.
 * @returns the cells that contradict each other, as they are written
 */
export function mixedDecimals(cells: readonly string[]): { comma: string; point: string } | undefined {
  const [comma, point] = [cells.find(hasComma), cells.find(hasPoint)];
  return comma !== undefined && point !== undefined ? { comma, point } : undefined;
}

/** Whether all commas of a column may as well divide thousands: "1,234", "56", and nothing like "0,5" or "1,25". */
export function mayBeThousands(cells: readonly string[]): boolean {
  const commas = cells.filter(hasComma);
  return commas.length > 0 && commas.every((cell) => /^[+\-−]?[1-9]\d{0,2},\d{3}$/.test(cell));
}

/** A value in a message, not longer than a line. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return shortText(text, 60);
}
