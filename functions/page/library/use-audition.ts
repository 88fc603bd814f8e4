/** One preview at a time, from any place of it; leaving the view stops it. */
import { useEffect, useMemo, useState } from 'preact/hooks';

export interface Audition {
  /** Of the preview that plays, or waits for its first sound. */
  url?: string;
  state: 'idle' | 'loading' | 'playing';
  play(url: string, fromMs?: number): void;
  stop(): void;
  /** Of the track, now. */
  positionMs(): number;
}

export function useAudition(onFailed: (reason: unknown) => void): Audition {
  const element = useMemo(() => new Audio(), []);
  const [now, setNow] = useState<Pick<Audition, 'url' | 'state'>>({ state: 'idle' });
  useEffect(() => {
    const playing = (): void => setNow((before) => ({ ...before, state: 'playing' }));
    const idle = (): void => setNow({ state: 'idle' });
    element.addEventListener('playing', playing);
    element.addEventListener('pause', idle);
    element.addEventListener('ended', idle);
    return () => {
      element.pause();
      element.removeAttribute('src');
    };
  }, [element]);
  return {
    ...now,
    play(url, fromMs = 0) {
      const address = new URL(url, location.href).href;
      if (element.src !== address) element.src = address;
      setNow({ url, state: 'loading' });
      element.currentTime = fromMs / 1000; // before there is a length it counts from the first sound on
      element.play().catch((cause: Error) => {
        if (cause.name === 'AbortError') return; // another was pressed
        setNow({ state: 'idle' });
        onFailed(new Error('This preview could not be played. Check the connection, or try another track.', { cause }));
      });
    },
    stop: () => element.pause(),
    positionMs: () => element.currentTime * 1000,
  };
}
