/**
 * The clip, from its file to what is known of it: its tokens, and where its shots change and where it speaks once somebody wants that.
 *
 * All of it is found on the device. What takes a while says how far it is, and is given up when another clip is chosen.
 */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { monoOf } from './player/clip-sound.ts';
import type { InClip } from './player/timeline.tsx';
import { type ReadClip, readClip } from './service.ts';
import type { Work } from './work.tsx';

export interface Clip {
  file: File;
  /** Its address within the page. */
  src: string;
  read?: ReadClip;
  found: InClip;
}

export interface ClipUse {
  clip?: Clip;
  work?: Work;
  start(file: File): void;
  /** As if it had just been read. */
  again(): void;
}

/** What can be looked for beside the tokens. */
export type Wanted = 'cuts' | 'speech';

type Finder = (
  file: File,
  call: { clipMs: number; signal: AbortSignal; onShare: (share: number) => void },
) => Promise<InClip>;

/** Each is a script of its own, loaded when it is wanted. */
const FINDERS: Readonly<Record<Wanted, Finder>> = {
  cuts: async (file, { clipMs, signal, onShare }) => {
    const { cutsOf } = await import('./player/shots.ts');
    return { cutsMs: await cutsOf(file, signal, (ms) => onShare(Math.min(1, ms / clipMs))) };
  },
  speech: async (file, { clipMs, signal }) => {
    const { speechOf } = await import('./player/speech.ts');
    const sound = await monoOf(file, clipMs);
    return { speechMs: sound ? await speechOf(sound.samples, sound.rate, signal) : [] };
  },
};

export interface Told {
  onStart(): void;
  /** @param what could not be found, where that was looked for */
  onFailed(reason: unknown, what?: Wanted): void;
  onCancelled(what?: Wanted): void;
}

/** @param told the same functions each time */
export function useClip(wanted: Readonly<Record<Wanted, boolean>>, told: Told): ClipUse {
  const [clip, setClip] = useState<Clip>();
  const [work, setWork] = useState<Work>();
  const running = useRef<AbortController | undefined>(undefined);

  const start = useCallback(
    async (file: File): Promise<void> => {
      running.current?.abort();
      const mine = new AbortController();
      running.current = mine;
      told.onStart();
      const chosen: Clip = { file, src: URL.createObjectURL(file), found: {} };
      setClip((before) => {
        if (before) URL.revokeObjectURL(before.src);
        return chosen;
      });
      const say = (share: number): void => setWork({ text: 'Reading the clip.', share, stop: () => mine.abort() });
      say(0);
      try {
        const read = await readClip(file, { signal: mine.signal, onFrame: (done, count) => say(done / count) });
        if (running.current === mine) setClip({ ...chosen, read });
      } catch (reason) {
        if (running.current === mine) mine.signal.aborted ? told.onCancelled() : told.onFailed(reason);
      }
      if (running.current === mine) setWork(undefined);
    },
    [told],
  );

  const missing = whatIsMissing(clip, wanted);
  useEffect(() => {
    if (!clip || !missing) return;
    const mine = new AbortController();
    const text = missing === 'cuts' ? 'Looking for the clip’s cuts.' : 'Listening for speech in the clip.';
    const give = (found: InClip): void =>
      setClip((now) => (now?.src === clip.src ? { ...now, found: { ...now.found, ...found } } : now));
    const say = (share?: number): void =>
      setWork({
        text,
        share,
        stop: () => {
          mine.abort();
          told.onCancelled(missing);
        },
      });
    say();
    FINDERS[missing](clip.file, { clipMs: clip.read!.durationMs, signal: mine.signal, onShare: say })
      .then(give, (reason) => mine.signal.aborted || told.onFailed(reason, missing))
      .finally(() => mine.signal.aborted || setWork(undefined));
    return () => {
      mine.abort();
      setWork(undefined);
    };
  }, [clip?.src, missing]);

  return {
    clip,
    work,
    start: (file) => void start(file),
    again: () => {
      if (clip?.read) setClip({ ...clip, read: { ...clip.read } });
      else if (clip) void start(clip.file);
    },
  };
}

export function whatIsMissing(clip: Clip | undefined, wanted: Readonly<Record<Wanted, boolean>>): Wanted | undefined {
  if (!clip?.read) return undefined;
  if (wanted.cuts && !clip.found.cutsMs) return 'cuts';
  return wanted.speech && !clip.found.speechMs ? 'speech' : undefined;
}
