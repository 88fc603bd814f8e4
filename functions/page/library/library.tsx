/** Every track of the library, found by title or by the filters: its facts, its sound, and where editors used it. */
import { useState } from 'preact/hooks';
import { filtersOf, type View } from '../address.ts';
import { Row } from './row.tsx';
import { useAudition } from './use-audition.ts';
import { useFoundTracks } from './use-found-tracks.ts';

export interface LibraryProps {
  view: View;
  onSearch: (q: string) => void;
  /** Where there is a clip to find the place for. */
  onFindPlace?: (id: string) => void;
  onFailed: (reason: unknown) => void;
}

export function Library({ view, onSearch, onFindPlace, onFailed }: LibraryProps) {
  const q = view.q.trim();
  const { found, more } = useFoundTracks({ q: q || undefined, filters: filtersOf(view) }, onFailed);
  const audition = useAudition(onFailed);
  const [opened, setOpened] = useState<string>();
  return (
    <section class="library" aria-label="Tracks">
      <label class="search">
        <span class="unseen">Search by title or artist</span>
        <input
          type="search"
          placeholder="Search by title or artist"
          value={view.q}
          onInput={(event) => onSearch(event.currentTarget.value)}
        />
      </label>
      <p class="note" role="status">
        {found?.length === 0 && 'No track has these words and filters. Take some of them away.'}
      </p>
      {!found && (
        <div class="waiting tracks" aria-hidden="true">
          {[1, 2, 3, 4].map((one) => (
            <div key={one} class="card" />
          ))}
        </div>
      )}
      <ul class="tracks">
        {found?.map((track) => (
          <Row
            key={track.id}
            track={track}
            isOpen={opened === track.id}
            audition={audition}
            onOpen={() => setOpened(opened === track.id ? undefined : track.id)}
            onFindPlace={onFindPlace}
          />
        ))}
      </ul>
      {more && (
        <button type="button" onClick={more}>
          More tracks
        </button>
      )}
    </section>
  );
}
