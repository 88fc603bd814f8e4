/**
 * Sections for a song of a given length: an excerpt of a song form, a whole one, or one that goes round again.
 *
 * Kinds and contours are those of the composed songs (worlds/composed/form.ts); a long song returns to its verse and chorus, so that
 * sections recur and a moment of one sounds much like a moment of another.
 */

import type { Random } from '../../lib/random.ts';
import { FORMS, layOut, type SectionKind, type SectionPlan, typicalLength } from '../composed/form.ts';

/** Seconds of a section of typical length; drawn anew for each song. */
const SECTION_SEC = [13, 22] as const;
const MOST_SECTIONS = 16;
const LEAST_BARS = 2;
const AGAIN: readonly SectionKind[] = ['verse', 'chorus', 'break', 'chorus'];

/** The last section ends at `lengthSec`, in the middle of a bar if need be; all others have whole pairs of bars. */
export function sectionsOfLength(
  random: Random,
  lengthSec: number,
  barSec: number,
  trackEnergy: number,
): SectionPlan[] {
  const wanted = Math.round(lengthSec / random.uniform(...SECTION_SEC));
  const form = drawForm(random, Math.min(MOST_SECTIONS, Math.max(2, wanted)));
  const bars = drawBars(random, form, lengthSec / barSec);
  const sections = layOut(random, form.slice(0, bars.length), bars, barSec, trackEnergy);
  sections[sections.length - 1].endSec = lengthSec;
  return sections;
}

function drawForm(random: Random, count: number): SectionKind[] {
  const form = random.pick(FORMS);
  if (count <= form.length) {
    const first = random.integer(form.length - count + 1);
    return form.slice(first, first + count);
  }
  return Array.from({ length: count }, (_, i) => form[i] ?? AGAIN[(i - form.length) % AGAIN.length]);
}

/** Bars of each section; a section for which no room is left is not in the list. */
function drawBars(random: Random, form: readonly SectionKind[], totalBars: number): number[] {
  const shares = form.map((kind) => typicalLength(kind) * random.uniform(0.85, 1.15));
  const unit = totalBars / shares.reduce((sum, share) => sum + share, 0);
  const bars: number[] = [];
  let left = totalBars;
  for (const share of shares.slice(0, -1)) {
    const count = Math.max(LEAST_BARS, 2 * Math.round((share * unit) / 2));
    if (left - count < LEAST_BARS) break;
    bars.push(count);
    left -= count;
  }
  return [...bars, Math.ceil(left)];
}
