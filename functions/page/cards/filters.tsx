/** What may be answered: the library's own fields with how many tracks one gets, and how the moments should lie under the clip. */
import { useRef } from 'preact/hooks';
import { FITS, type FilterChoice, type View } from '../address.ts';
import type { FiltersAnswer } from '../service.ts';
import { FindTrack } from './find-track.tsx';

type Facet = FiltersAnswer['fields'][number];

export interface FiltersProps {
  view: View;
  facets?: FiltersAnswer;
  onChange: (change: Partial<View>) => void;
  onFailed: (reason: unknown) => void;
}

/** Values of a field that are shown before "more". */
const SHOWN = 8;
const NAMES: Readonly<Record<string, string>> = {
  bpm: 'Tempo (bpm)',
  durationMs: 'Length (s)',
  tags: 'Mood and use',
  genre: 'Genre',
  key: 'Key',
  licence: 'Licence',
  artist: 'Artist',
  album: 'Album',
  territory: 'Territory',
  instrumental: 'Instrumental',
  explicit: 'Explicit',
};
const FIT_NAMES = {
  clip: 'As long as the clip',
  musical: 'Whole bars',
  loop: 'Bars, repeated',
  model: 'As it lies',
} as const;

export function Filters({ view, facets, onChange, onFailed }: FiltersProps) {
  const choose = (field: string, choice: FilterChoice | undefined): void => {
    const { [field]: _, ...others } = view.filters;
    onChange({ filters: choice ? { ...others, [field]: choice } : others });
  };
  const fields = facets?.fields.filter(({ field, tracks }) => tracks > 0 || field in view.filters) ?? [];
  const isFinding = view.view === 'find';
  const panel = useRef<HTMLDetailsElement>(null);
  const count = Object.keys(view.filters).length;
  return (
    <details class="narrow" ref={panel} open={!isFinding && matchMedia('(min-width: 64rem)').matches}>
      <summary>
        {isFinding ? 'Change what is asked' : 'Narrow it down'}
        <span class="matching">
          {facets && (count > 0 ? `${facets.matching} of ${facets.tracks} tracks` : `${facets.tracks} tracks`)}
        </span>
      </summary>
      <div class="filters">
        {isFinding && <Asking view={view} onChange={onChange} />}
        {isFinding && (
          <FindTrack
            view={view}
            onSearch={(q) => onChange({ q })}
            onTrack={(track) => {
              if (panel.current) panel.current.open = false; // its answer stands below
              onChange({ track, q: '' });
            }}
            onFailed={onFailed}
          />
        )}
        {fields.map((facet) =>
          facet.kind === 'number' ? (
            <Range key={facet.field} facet={facet} view={view} choose={choose} />
          ) : (
            <Values key={facet.field} facet={facet} view={view} choose={choose} />
          ),
        )}
        {count > 0 && (
          <button type="button" onClick={() => onChange({ filters: {} })}>
            {count === 1 ? 'Take the filter away' : `Take all ${count} filters away`}
          </button>
        )}
      </div>
    </details>
  );
}

function Asking({ view, onChange }: Pick<FiltersProps, 'view' | 'onChange'>) {
  return (
    <div class="asking">
      <label>
        How it lies under the clip
        <select value={view.fit} onChange={(event) => onChange({ fit: event.currentTarget.value as View['fit'] })}>
          {FITS.map((fit) => (
            <option key={fit} value={fit}>
              {FIT_NAMES[fit]}
            </option>
          ))}
        </select>
      </label>
      <label>
        How many moments: {view.k}
        <input
          type="range"
          min="1"
          max="20"
          value={view.k}
          onChange={(event) => onChange({ k: Number(event.currentTarget.value) })}
        />
      </label>
      <label>
        Unlike each other: {view.variety === 0 ? 'as they come' : `${view.variety} %`}
        <input
          type="range"
          min="0"
          max="100"
          step="10"
          value={view.variety}
          onChange={(event) => onChange({ variety: Number(event.currentTarget.value) })}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={view.perArtist}
          onChange={(event) => onChange({ perArtist: event.currentTarget.checked })}
        />
        One of each artist
      </label>
    </div>
  );
}

interface FieldProps {
  facet: Facet;
  view: View;
  choose: (field: string, choice: FilterChoice | undefined) => void;
}

function Values({ facet, view, choose }: FieldProps) {
  const choice = view.filters[facet.field];
  const chosen = choice && 'values' in choice ? choice.values : [];
  const listed = (facet.values ?? []).map(({ value, tracks }) => ({ value: String(value), tracks }));
  const missing = chosen.filter((value) => !listed.some((one) => one.value === value));
  const all = [...missing.map((value) => ({ value, tracks: 0 })), ...listed];
  const toggle = (value: string): void => {
    const values = chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value];
    choose(facet.field, values.length > 0 ? { values } : undefined);
  };
  const chip = ({ value, tracks }: { value: string; tracks: number }) => (
    <button type="button" key={value} aria-pressed={chosen.includes(value)} onClick={() => toggle(value)}>
      {value} <span class="count">{tracks}</span>
    </button>
  );
  return (
    <fieldset class="chips">
      <legend>{NAMES[facet.field] ?? facet.field}</legend>
      {all.slice(0, SHOWN).map(chip)}
      {all.length > SHOWN && (
        <details>
          <summary>More</summary>
          {all.slice(SHOWN).map(chip)}
        </details>
      )}
    </fieldset>
  );
}

function Range({ facet, view, choose }: FieldProps) {
  const unit = facet.field === 'durationMs' ? 1000 : 1;
  const choice = view.filters[facet.field];
  const range = choice && 'min' in choice ? choice : choice && 'max' in choice ? choice : {};
  const { min, max } = range as { min?: number; max?: number };
  const set = (next: { min?: number; max?: number }): void =>
    choose(facet.field, next.min === undefined && next.max === undefined ? undefined : next);
  const read = (text: string): number | undefined =>
    text === '' || !Number.isFinite(+text) ? undefined : +text * unit;
  const shown = (value: number | undefined): string => (value === undefined ? '' : String(Math.round(value / unit)));
  const name = NAMES[facet.field] ?? facet.field;
  return (
    <fieldset class="range">
      <legend>{name}</legend>
      <input
        type="number"
        aria-label={`${name}, from`}
        placeholder={shown(facet.min)}
        value={shown(min)}
        onChange={(event) => set({ max, min: read(event.currentTarget.value) })}
      />
      <span aria-hidden="true">–</span>
      <input
        type="number"
        aria-label={`${name}, to`}
        placeholder={shown(facet.max)}
        value={shown(max)}
        onChange={(event) => set({ min, max: read(event.currentTarget.value) })}
      />
    </fieldset>
  );
}
