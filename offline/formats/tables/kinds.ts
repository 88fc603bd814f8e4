/**
 * The tables of which one may be taken for another, recognised by their columns: two commands have a --log, of two kinds.
 *
 * training rows (MGSV-EC's columns) are what `index build --log` and `evaluate --cues --log` learn cues from, and what a data folder holds;
 * an editing log (clip, track, start, end) is what `data make --log` makes such rows of.
 */

interface Kind {
  what: string;
  /** As folded: letters in lower case, "_" between words. All of them are there. */
  columns: readonly string[];
  /** What to do with it. */
  next: string;
}

/** The first that fits is it: those with more columns stand above. */
const KINDS: readonly Kind[] = [
  {
    what: 'training rows',
    columns: ['video_id', 'music_id', 'music_start', 'music_end', 'music_total_duration', 'video_segment_duration'],
    next: 'Training rows are what `index build --log`, `evaluate --cues --log` and data folders take.',
  },
  {
    what: 'feedback',
    columns: ['event', 'clipid', 'trackid', 'startms', 'endms'],
    next: '`index build --log` takes it as JSON lines; `feedback export --from FILE --out ROWS.csv` makes training rows of it.',
  },
  {
    what: 'answers of a system',
    columns: ['clip', 'track', 'startms', 'endms'],
    next: '`study make` takes them. For a log, write seconds, as start and end.',
  },
  {
    what: 'an editing log',
    columns: ['clip', 'track', 'start', 'end'],
    next: '`data make --music DIR --clips DIR --log FILE --out DIR` takes it, and writes training rows: DIR/train_data.csv.',
  },
  {
    what: 'an editing log without the lengths of clips and tracks',
    columns: ['video_id', 'music_id', 'music_start', 'music_end'],
    next: 'Add music_total_duration and video_segment_duration, in seconds; or give it to `data make --music DIR --clips DIR --log FILE --out DIR`, which writes training rows: DIR/train_data.csv.',
  },
  ...[
    ['file', 'artist'],
    ['file', 'title'],
    ['id', 'artist'],
  ].map((columns) => ({ what: 'a catalogue of a library', columns, next: '`index build --catalogue` takes it.' })),
];

/**
 * @param expected what it should have been
 * @param columns as folded
 * @returns what it is instead, and what to do with it; undefined where it is none that we know
 */
export function whatElse(expected: string, columns: readonly string[]): string | undefined {
  const kind = KINDS.find(({ columns: all }) => all.every((name) => columns.includes(name)));
  return kind && kind.what !== expected ? `${kind.what} (${kind.columns.join(', ')}). ${kind.next}` : undefined;
}
