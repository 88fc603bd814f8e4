/** The answer to what the view asks about the clip, asked again whenever either changes. */
import { useEffect, useState } from 'preact/hooks';
import { filtersOf, type View } from './address.ts';
import type { InClip } from './player/timeline.tsx';
import { type Answered, askFor, type MomentsOptions, type ReadClip } from './service.ts';
import type { Work } from './work.tsx';

/** Alternatives are marks to jump to. */
const ALTERNATIVES = 3;
/** That the service looks at. */
const MOST_CUTS = 200;

export interface AnswerUse {
  answered?: Answered;
  /** It is one track's. The view may be ahead of it. */
  inTrack: boolean;
  work?: Work;
}

export interface Told {
  onAnswered(): void;
  onFailed(reason: unknown): void;
  onCancelled(): void;
}

/** @param clip undefined while there is nothing to ask about yet @param told the same functions each time */
export function useAnswer(view: View, clip: { read: ReadClip; found: InClip } | undefined, told: Told): AnswerUse {
  const [last, setLast] = useState<{ read: ReadClip; answered: Answered; inTrack: boolean }>();
  const [work, setWork] = useState<Work>();
  const options = optionsOf(view, clip?.found ?? {});
  const asked = JSON.stringify(options);
  useEffect(() => {
    if (!clip) return;
    const { read } = clip;
    const mine = new AbortController();
    let isLatest = true;
    setWork({ text: 'Looking for music.', stop: () => mine.abort() });
    askFor(read, { ...options, signal: mine.signal })
      .then(
        (answered) => {
          if (!isLatest) return;
          setLast({ read, answered, inTrack: options.trackId !== undefined });
          told.onAnswered();
        },
        (reason) => {
          if (isLatest) mine.signal.aborted ? told.onCancelled() : told.onFailed(reason);
        },
      )
      .finally(() => isLatest && setWork(undefined));
    return () => {
      isLatest = false;
      mine.abort();
      setWork(undefined);
    };
  }, [clip?.read, asked]);
  // Another clip's answer is never shown with this one.
  const shown = last?.read === clip?.read ? last : undefined;
  return { answered: shown?.answered, inTrack: shown?.inTrack ?? false, work };
}

function optionsOf(view: View, { cutsMs, speechMs }: InClip): MomentsOptions & { trackId?: string } {
  const { fit, k, hitAtMs, perArtist, variety, exclude, track } = view;
  const common: MomentsOptions = {
    fit,
    hitAtMs,
    alternatives: ALTERNATIVES,
    cutsMs: view.cuts && cutsMs && cutsMs.length > 0 ? cutsMs.slice(0, MOST_CUTS) : undefined,
    speechMs: view.duck && speechMs ? speechMs.map(([from, to]) => [from, to]) : undefined,
  };
  if (track !== undefined) return { ...common, trackId: track };
  const filters = filtersOf(view);
  const diversity = { ...(perArtist ? { perArtist: 1 } : {}), ...(variety > 0 ? { lambda: 1 - variety / 100 } : {}) };
  return {
    ...common,
    k,
    filters: Object.keys(filters).length > 0 ? filters : undefined,
    exclude: exclude.length > 0 ? { tracks: [...exclude] } : undefined,
    diversity: perArtist || variety > 0 ? diversity : undefined,
  };
}
