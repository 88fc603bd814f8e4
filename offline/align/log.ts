/**
 * What was heard, as an editing log: the columns clip, track, start, end and clip_start are those that `data make` takes
 * (data/editing-log.ts), the others are for people. A post of which nothing is told has a row with the reason and no track.
 */
import { csvLine } from '../formats/tables/csv.ts';
import type { Alignment } from './align.ts';

export const LOG_COLUMNS = [
  ...['clip', 'track', 'start', 'end', 'clip_start', 'clip_end'],
  ...['rate', 'pitch', 'level', 'confidence', 'reason'],
] as const;

export function formatLog({ posts, tracks }: Pick<Alignment, 'posts' | 'tracks'>): string {
  const rows = posts.flatMap(({ file, heard }) => {
    if ('reason' in heard) return [csvLine([file, '', '', '', '', '', '', '', '', '', heard.reason])];
    return heard.playing.map(
      ({ track, startSec, endSec, clipStartSec, clipEndSec, rate, pitch, levelDb, confidence }) =>
        csvLine([
          ...[
            file,
            tracks[track],
            startSec.toFixed(3),
            endSec.toFixed(3),
            clipStartSec.toFixed(3),
            clipEndSec.toFixed(3),
          ],
          ...[rate.toFixed(5), plain(pitch, 2), plain(levelDb, 1), confidence.toFixed(3), ''],
        ]),
    );
  });
  return `${[LOG_COLUMNS.join(','), ...rows].join('\n')}\n`;
}

/** Without a minus before zeros. */
const plain = (value: number, digits: number): string => value.toFixed(digits).replace(/^-(0\.?0*)$/, '$1');
