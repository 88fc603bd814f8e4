/** Tracks by words and filters, page after page; asked a moment after the last key. */
import { useEffect, useState } from 'preact/hooks';
import { type Filters, tracks as readTracks, type Track } from '../service.ts';

const PAUSE_MS = 200;

export interface FoundTracks {
  /** Undefined until the first answer. */
  found?: readonly Track[];
  /** Where there are more. */
  more?: () => void;
}

/** @param asked undefined for none */
export function useFoundTracks(
  asked: { q?: string; filters: Filters } | undefined,
  onFailed: (reason: unknown) => void,
): FoundTracks {
  const [found, setFound] = useState<readonly Track[]>();
  const [next, setNext] = useState<string>();
  useEffect(() => {
    if (!asked) {
      setFound(undefined);
      return;
    }
    let isLatest = true;
    const ask = (): void => {
      readTracks(asked).then(
        (answer) => {
          if (!isLatest) return;
          setFound(answer.tracks);
          setNext(answer.next);
        },
        (reason) => isLatest && onFailed(reason),
      );
    };
    const timer = setTimeout(ask, found ? PAUSE_MS : 0);
    return () => {
      isLatest = false;
      clearTimeout(timer);
    };
  }, [JSON.stringify(asked)]);
  async function more(): Promise<void> {
    const answer = await readTracks({ ...asked!, cursor: next });
    setFound([...(found ?? []), ...answer.tracks]);
    setNext(answer.next);
  }
  return { found, more: next && asked ? () => void more().catch(onFailed) : undefined };
}
