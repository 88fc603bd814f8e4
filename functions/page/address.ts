/**
 * What is asked, as the page's address: a view can be sent to a colleague, without the clip.
 *
 * `?fit=musical&k=8&genre=jazz&genre=pop&bpm=90..120`: a field of the catalogue has its own name, with "f." in front where that is one
 * of ours. A text that is no number in a range's place is left out, as is whatever else nobody could have chosen on the page.
 */
import type { Filters } from './api/types.ts';

export type FilterChoice = { values: string[] } | { min?: number; max?: number };

export interface View {
  view: 'find' | 'library';
  fit: 'clip' | 'musical' | 'loop' | 'model';
  k: number;
  hitAtMs?: number;
  /** The clip's cuts are to fall on beats. */
  cuts: boolean;
  /** The music is to go down while the clip speaks. */
  duck: boolean;
  perArtist: boolean;
  /** 0 to 100: how different from each other. */
  variety: number;
  /** Words of a title. */
  q: string;
  filters: Readonly<Record<string, FilterChoice>>;
  /** Only the place in this one. */
  track?: string;
  /** Tracks that were sent away. */
  exclude: readonly string[];
}

export const FITS = ['clip', 'musical', 'loop', 'model'] as const;
export const FIRST_VIEW: View = {
  view: 'find',
  fit: 'clip',
  k: 5,
  cuts: false,
  duck: false,
  perArtist: false,
  variety: 0,
  q: '',
  filters: {},
  exclude: [],
};
const OWN = ['view', 'fit', 'k', 'hit', 'cuts', 'speech', 'one', 'variety', 'q', 'track', 'not'];

export function writeAddress(view: View): string {
  const query = new URLSearchParams();
  if (view.view !== 'find') query.set('view', view.view);
  if (view.fit !== 'clip') query.set('fit', view.fit);
  if (view.k !== FIRST_VIEW.k) query.set('k', String(view.k));
  if (view.hitAtMs !== undefined) query.set('hit', String(view.hitAtMs));
  if (view.cuts) query.set('cuts', 'on-beats');
  if (view.duck) query.set('speech', 'clear');
  if (view.perArtist) query.set('one', 'artist');
  if (view.variety > 0) query.set('variety', String(view.variety));
  if (view.q) query.set('q', view.q);
  if (view.track) query.set('track', view.track);
  for (const id of view.exclude) query.append('not', id);
  for (const [field, choice] of Object.entries(view.filters)) {
    const name = OWN.includes(field) || field.startsWith('f.') ? `f.${field}` : field;
    if ('values' in choice) for (const value of choice.values) query.append(name, value);
    else query.set(name, `${choice.min ?? ''}..${choice.max ?? ''}`);
  }
  return query.size > 0 ? `?${query}` : '';
}

export function readAddress(search: string): View {
  const query = new URLSearchParams(search);
  const whole = (name: string, least: number, most: number): number | undefined => {
    const value = Number(query.get(name) ?? Number.NaN);
    return Number.isInteger(value) && value >= least && value <= most ? value : undefined;
  };
  const filters: Record<string, FilterChoice> = Object.create(null);
  for (const name of new Set(query.keys())) {
    if (OWN.includes(name)) continue;
    const field = name.startsWith('f.') ? name.slice(2) : name;
    const texts = query.getAll(name).filter((text) => text !== '');
    const range = texts.length === 1 ? /^(-?[\d.]*)\.\.(-?[\d.]*)$/.exec(texts[0]) : null;
    if (range) {
      const [min, max] = range.slice(1).map((text) => (text === '' || !Number.isFinite(+text) ? undefined : +text));
      if (min !== undefined || max !== undefined) filters[field] = { min, max };
    } else if (texts.length > 0) filters[field] = { values: texts };
  }
  return {
    view: query.get('view') === 'library' ? 'library' : 'find',
    fit: FITS.find((fit) => fit === query.get('fit')) ?? 'clip',
    k: whole('k', 1, 50) ?? FIRST_VIEW.k,
    hitAtMs: whole('hit', 0, 600_000),
    cuts: query.get('cuts') === 'on-beats',
    duck: query.get('speech') === 'clear',
    perArtist: query.get('one') === 'artist',
    variety: whole('variety', 0, 100) ?? 0,
    q: (query.get('q') ?? '').slice(0, 200),
    track: query.get('track') ?? undefined,
    filters: { ...filters },
    exclude: query.getAll('not').slice(0, 1000),
  };
}

/** As the service takes them. Booleans of the catalogue are the words true and false. */
export function filtersOf({ filters }: Pick<View, 'filters'>, booleans: ReadonlySet<string> = BOOLEANS): Filters {
  return Object.fromEntries(
    Object.entries(filters).map(([field, choice]) => [
      field,
      'values' in choice
        ? { in: booleans.has(field) ? choice.values.map((value) => value === 'true') : choice.values }
        : { range: choice },
    ]),
  );
}

const BOOLEANS: ReadonlySet<string> = new Set(['instrumental', 'explicit']);
