/**
 * Progress of a long step, with the time it still needs.
 *
 * On a terminal: one line, redrawn in place. Piped into a file or another program: one JSON object per line, so that a log
 * stays readable and a program can follow. Nothing here decides what a step is or how many parts it has.
 */

export interface Progress {
  /**
   * n more parts are done (1 unless said); the note is a word on the latest, e.g. a loss.
   * @param values the same for programs: members of the JSON line
   */
  tick(n?: number, note?: string, values?: Readonly<Record<string, number>>): void;
  /** n parts were done by an earlier run: they say nothing about how long the rest takes. */
  skip(n: number): void;
  /** The step is over, however many parts were counted. */
  done(note?: string): void;
}

/** What a progress is written to: process.stderr, or a test's array. */
export interface ProgressStream {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  label: string;
  /** Parts in all. */
  total: number;
  /** Parts that an earlier run has done. */
  from?: number;
  stream?: ProgressStream;
  /** Milliseconds, any origin. */
  now?: () => number;
}

const REDRAW_MS = 100;
const LINE_MS = 1000;

/** Start showing a step. The first line is written at once, so that a slow first part does not look like a hang. */
export function createProgress(options: ProgressOptions): Progress {
  const { label, total, stream = process.stderr, now = () => performance.now() } = options;
  const startedAt = now();
  let skipped = options.from ?? 0;
  let count = skipped;
  let shownAt = Number.NEGATIVE_INFINITY;
  let finished = false;
  let latestNote: string | undefined;
  let latestValues: Readonly<Record<string, number>> = {};

  const show = (): void => {
    shownAt = now();
    const elapsedSec = (shownAt - startedAt) / 1000;
    const leftSec = count > skipped ? (elapsedSec / (count - skipped)) * Math.max(0, total - count) : null;
    if (stream.isTTY) {
      const line = barLine({
        label,
        count,
        total,
        seconds: finished ? elapsedSec : leftSec,
        finished,
        columns: Math.max(20, stream.columns || 80),
        note: latestNote,
      });
      stream.write(`\r\u001b[2K${line}${finished ? '\n' : ''}`);
      return;
    }
    const entry = {
      step: label,
      done: count,
      total,
      elapsedSec: tenths(elapsedSec),
      etaSec: leftSec === null ? null : tenths(leftSec),
    };
    stream.write(`${JSON.stringify({ ...entry, finished, note: latestNote, ...latestValues })}\n`);
  };

  show();
  return {
    tick(n = 1, note, values) {
      if (finished) return;
      count += n;
      latestNote = note ?? latestNote;
      latestValues = values ?? latestValues;
      if (now() - shownAt >= (stream.isTTY ? REDRAW_MS : LINE_MS)) show();
    },
    skip(n) {
      skipped += n;
      count += n;
    },
    done(note) {
      if (finished) return;
      finished = true;
      latestNote = note ?? latestNote;
      show();
    },
  };
}

interface Bar {
  label: string;
  count: number;
  total: number;
  /** Left to go, or taken in all once finished. */
  seconds: number | null;
  finished: boolean;
  columns: number;
  note?: string;
}

/** One line; a narrow terminal shortens the bar before the words. */
function barLine({ label, count, total, seconds, finished, columns, note }: Bar): string {
  const time = seconds === null ? '' : finished ? ` in ${clock(seconds)}` : ` ${clock(seconds)} left`;
  const [before, after] = [label.padEnd(14), `${count}/${total}${time}${note ? ` · ${note}` : ''}`];
  const width = Math.min(24, Math.max(4, columns - before.length - after.length - 3));
  const share = finished ? 1 : total > 0 ? Math.min(1, count / total) : 0;
  const filled = Math.round(share * width);
  return `${before} ${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${after}`.slice(0, columns - 1);
}

/** Minutes and seconds: 2:05 */
function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

const tenths = (seconds: number): number => Math.round(seconds * 10) / 10;
