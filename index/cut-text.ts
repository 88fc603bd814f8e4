/**
 * Text cut to a length, between two of what a reader takes for characters: an emoji is several units of UTF-16, and half of it is a
 * lone surrogate, which is no text (Unicode Standard §3.9, D75; what stays together is UAX #29's).
 */

const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * The start of the text, as long as can be without a character cut in two.
 * @param most units of UTF-16, as `length` counts. Lone surrogates that came with the text are U+FFFD in what is given.
 */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text.toWellFormed();
  // A character of more than this is no writing: then the cut is between code points.
  const near = text.slice(0, most + LONGEST_GRAPHEME);
  const { index } = GRAPHEMES.segment(near).containing(most)!;
  const end = index > most - LONGEST_GRAPHEME && index > 0 ? index : most;
  const cut = text.slice(0, end);
  return (isHighSurrogate(cut) ? cut.slice(0, -1) : cut).toWellFormed();
}

/** The same with an ellipsis in place of what is missing, at most `most` units in all. */
export function shortText(text: string, most: number, ellipsis = '...'): string {
  return text.length <= most ? text.toWellFormed() : cutText(text, most - ellipsis.length) + ellipsis;
}

const LONGEST_GRAPHEME = 64;

/** Whether the last unit is the first half of a pair. */
const isHighSurrogate = (text: string): boolean => (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800;
