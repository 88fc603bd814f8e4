/** Plain names for the composed tracks: two words each, no pair twice. They say nothing about the music. */
import type { Random } from '../../lib/random.ts';

const FIRST =
  'Copper Quiet Paper Winter Glass Northern Second Hollow Silver Open Distant Amber Early Salt Painted Slow'.split(' ');
const SECOND =
  'Harbour Lanterns River Orchard Signal Stairs Meadow Engine Window Garden Tide Avenue Letters Bridge Summit Harvest'.split(
    ' ',
  );

/** `count` different titles; numbered from the 257th on. */
export function drawTitles(random: Random, count: number): string[] {
  const pairs = random.shuffle(FIRST.flatMap((first) => SECOND.map((second) => `${first} ${second}`)));
  return Array.from({ length: count }, (_, i) => {
    const round = Math.floor(i / pairs.length);
    return round === 0 ? pairs[i] : `${pairs[i % pairs.length]} ${round + 1}`;
  });
}
