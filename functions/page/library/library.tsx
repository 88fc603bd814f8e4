/** Every track of the library, found by title or by the filters: its facts, its sound, and where editors used it. */
import { useEffect, useState } from 'preact/hooks';
import { filtersOf, type View } from '../address.ts';
import { factsOf } from '../cards/card.tsx';
import { Waveform } from '../cards/waveform.tsx';
import { type OneTrack, type Track, track as readTrack, tracks as readTracks } from '../service.ts';
import { minutes } from '../times.ts';

export interface LibraryProps {
  view: View;
  onSearch: (q: string) => void;
  /** Where there is a clip to find the place for. */
  onFindPlace?: (id: string) => void;
  onFailed: (reason: unknown) => void;
}

export function Library({ view, onSearch, onFindPlace, onFailed }: LibraryProps) {
  const [found, setFound] = useState<Track[]>();
  const [next, setNext] = useState<string>();
  const asked = { q: view.q.trim(), filters: filtersOf(view) };
  const key = JSON.stringify(asked);
  useEffect(() => {
    let isLatest = true;
    const timer = setTimeout(
      () =>
        readTracks(asked).then((answer) => {
          if (!isLatest) return;
          setFound(answer.tracks);
          setNext(answer.next);
        }, onFailed),
      found ? 200 : 0,
    );
    return () => {
      isLatest = false;
      clearTimeout(timer);
    };
  }, [key]);
  const more = async (): Promise<void> => {
    const answer = await readTracks({ ...asked, cursor: next });
    setFound([...(found ?? []), ...answer.tracks]);
    setNext(answer.next);
  };
  return (
    <section class="library" aria-labelledby="library-heading">
      <h2 id="library-heading">The library</h2>
      <label class="search">
        Search by title or artist
        <input type="search" value={view.q} onInput={(event) => onSearch(event.currentTarget.value)} />
      </label>
      {found?.length === 0 && <p class="note">No track has these words and filters. Take some of them away.</p>}
      <ul class="tracks">
        {found?.map((track) => (
          <Row key={track.id} track={track} onFindPlace={onFindPlace} />
        ))}
      </ul>
      {next && (
        <button type="button" onClick={() => more().catch(onFailed)}>
          More tracks
        </button>
      )}
    </section>
  );
}

function Row({ track, onFindPlace }: { track: Track; onFindPlace?: (id: string) => void }) {
  const [whole, setWhole] = useState<OneTrack>();
  const [wrong, setWrong] = useState('');
  const open = (): void => {
    if (!whole)
      readTrack(track.id).then(setWhole, () => setWrong('This track could not be read. Load the page again.'));
  };
  return (
    <li>
      <details onToggle={(event) => event.currentTarget.open && open()}>
        <summary>
          <span class="title">{track.title}</span>
          <span class="facts">{[...factsOf(track), minutes(track.durationMs)].join(' · ')}</span>
        </summary>
        {wrong && <p role="alert">{wrong}</p>}
        {whole && (
          <Waveform
            title={track.title}
            waveform={whole.waveform}
            durationMs={track.durationMs}
            beats={whole.beats}
            cuesMs={whole.cues.map((cue) => cue.startMs)}
            moment={whole.highlight ?? undefined}
          />
        )}
        {whole?.highlight && <p class="note">Its highlight is from {minutes(whole.highlight.startMs)}.</p>}
        {whole && whole.cues.length > 0 && (
          <p class="note">
            Used by editors from {whole.cues.map(({ startMs, uses }) => `${minutes(startMs)} (${uses} ×)`).join(', ')}.
          </p>
        )}
        {[...(track.genre ?? []), ...(track.tags ?? [])].length > 0 && (
          <p class="note">{[...(track.genre ?? []), ...(track.tags ?? [])].join(', ')}</p>
        )}
        {track.previewUrl ? (
          // biome-ignore lint/a11y/useMediaCaption: music has none
          <audio controls preload="none" src={track.previewUrl} aria-label={`Preview of ${track.title}`} />
        ) : (
          <p class="note">This library has no preview of it.</p>
        )}
        {onFindPlace && (
          <button type="button" onClick={() => onFindPlace(track.id)}>
            Find the place in this track
          </button>
        )}
      </details>
    </li>
  );
}
