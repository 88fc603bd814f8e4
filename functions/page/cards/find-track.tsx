/** A track by words of its title or artist, to ask for the place in it alone. */
import { filtersOf, type View } from '../address.ts';
import { useFoundTracks } from '../library/use-found-tracks.ts';
import { factsOf } from './facts.ts';

export interface FindTrackProps {
  view: View;
  onSearch: (q: string) => void;
  onTrack: (id: string) => void;
  onFailed: (reason: unknown) => void;
}

const SHOWN = 6;

export function FindTrack({ view, onSearch, onTrack, onFailed }: FindTrackProps) {
  const q = view.q.trim();
  const { found } = useFoundTracks(q === '' ? undefined : { q, filters: filtersOf(view) }, onFailed);
  return (
    <div class="find-track">
      <label class="search">
        A track by its title or artist
        <input type="search" value={view.q} onInput={(event) => onSearch(event.currentTarget.value)} />
      </label>
      <div aria-live="polite" class="note">
        {q !== '' && found?.length === 0 && 'No track has these words and filters.'}
      </div>
      {q !== '' && found && found.length > 0 && (
        <ul>
          {found.slice(0, SHOWN).map((track) => (
            <li key={track.id}>
              <button type="button" onClick={() => onTrack(track.id)}>
                <span class="title">{track.title}</span>
                <span class="facts">{factsOf(track).join(' · ')}</span>
                <span class="unseen">: find the place in it</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
