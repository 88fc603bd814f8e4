/** The whole page: what was chosen, what is asked of it, what came back, and which of its views is shown. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { filtersOf, readAddress, type View, writeAddress } from './address.ts';
import { Filters } from './cards/filters.tsx';
import { Moments } from './cards/moments.tsx';
import { Choose } from './choose.tsx';
import { KeyField } from './key-field.tsx';
import { Library } from './library/library.tsx';
import { createPlayer } from './player/player.ts';
import { Stage } from './player/stage.tsx';
import {
  type Answered,
  askFor,
  type FiltersAnswer,
  type MomentsAnswer,
  needsKey,
  type ReadClip,
  readClip,
  filters as readFilters,
  sentenceOf,
} from './service.ts';
import { seconds } from './times.ts';

interface Clip {
  file: File;
  src: string;
  read?: ReadClip;
}

export function App() {
  const [view, setView] = useState<View>(() => readAddress(location.search));
  const [clip, setClip] = useState<Clip>();
  const [answered, setAnswered] = useState<Answered>();
  const [status, setStatus] = useState('');
  const [error, setError] = useState('');
  const [progress, setProgress] = useState<number>();
  const [refused, setRefused] = useState(false);
  const [facets, setFacets] = useState<FiltersAnswer>();
  const [, redraw] = useState({});
  const player = useMemo(createPlayer, []);
  const running = useRef<AbortController | undefined>(undefined);

  useEffect(() => player.subscribe(() => redraw({})), [player]);
  useEffect(() => {
    const back = (): void => setView(readAddress(location.search));
    addEventListener('popstate', back);
    return () => removeEventListener('popstate', back);
  }, []);
  const failed = useCallback((reason: unknown): void => {
    if (needsKey(reason)) setRefused(true);
    setError(sentenceOf(reason));
  }, []);

  function change(next: Partial<View>): void {
    const changed = { ...view, ...next };
    const address = `${location.pathname}${writeAddress(changed)}`;
    if (next.view && next.view !== view.view) {
      history.pushState(null, '', address);
      player.pause();
      setError('');
    } else history.replaceState(null, '', address);
    setView(changed);
  }

  const start = useCallback(
    async (file: File): Promise<void> => {
      running.current?.abort();
      const mine = new AbortController();
      running.current = mine;
      player.pause();
      setAnswered(undefined);
      setError('');
      setStatus('Reading the clip.');
      setProgress(0);
      const chosen: Clip = { file, src: URL.createObjectURL(file) };
      setClip((before) => {
        if (before) URL.revokeObjectURL(before.src);
        return chosen;
      });
      try {
        const read = await readClip(file, { signal: mine.signal, onFrame: (done, count) => setProgress(done / count) });
        if (running.current === mine) setClip({ ...chosen, read });
      } catch (reason) {
        if (running.current !== mine) return;
        setProgress(undefined);
        setStatus(mine.signal.aborted ? 'Cancelled.' : '');
        if (!mine.signal.aborted) failed(reason);
      }
    },
    [player, failed],
  );

  const options = optionsOf(view);
  const asked = JSON.stringify(options);
  useEffect(() => {
    if (!clip?.read) return;
    const mine = new AbortController();
    running.current = mine;
    setStatus('Looking for music.');
    setError('');
    setProgress(-1);
    askFor(clip.read, { ...options, signal: mine.signal })
      .then(
        (found) => {
          if (running.current !== mine) return;
          setAnswered(found);
          setRefused(false);
          setStatus(foundIn(clip.file.name, found.answer));
        },
        (reason) => {
          if (running.current !== mine) return;
          setStatus(mine.signal.aborted ? 'Cancelled.' : '');
          if (!mine.signal.aborted) failed(reason);
        },
      )
      .finally(() => running.current === mine && setProgress(undefined));
    return () => {
      if (running.current === mine) running.current = undefined;
      mine.abort();
    };
  }, [clip?.read, asked]);

  const filtered = JSON.stringify(view.filters);
  const wantsFacets = Boolean(answered) || view.view === 'library';
  useEffect(() => {
    if (!wantsFacets) return;
    let isLatest = true;
    readFilters(filtersOf(view)).then(
      (answer) => isLatest && setFacets(answer),
      (reason) => isLatest && failed(reason),
    );
    return () => {
      isLatest = false;
    };
  }, [wantsFacets, filtered]);

  function useKey(): void {
    setRefused(false);
    setError('');
    if (clip?.read) setClip({ ...clip, read: { ...clip.read } });
    else if (clip) start(clip.file);
    else setFacets(undefined);
  }

  const isFinding = view.view === 'find';
  const place = (name: View['view'], text: string) => (
    <a
      href={`/${writeAddress({ ...view, view: name })}`}
      aria-current={view.view === name ? 'page' : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey) return;
        event.preventDefault();
        change({ view: name });
      }}
    >
      {text}
    </a>
  );
  return (
    <>
      <header class="top">
        <p class="mark">Cuepoint</p>
        <nav aria-label="Views">
          {place('find', 'Find music')}
          {place('library', 'Library')}
          <a href="/docs">API</a>
        </nav>
      </header>
      <main class={isFinding && clip ? 'with-clip' : isFinding ? 'first' : 'with-library'}>
        <h1 class={clip || !isFinding ? 'small' : ''}>{isFinding ? 'Music for your clip' : 'All its music'}</h1>
        <div class="side" hidden={!isFinding}>
          {clip && (
            <Stage
              src={clip.src}
              clipMs={clip.read?.durationMs ?? 0}
              player={player}
              state={player.state()}
              hitAtMs={view.hitAtMs}
              onHit={(hitAtMs) => change({ hitAtMs })}
              onFailed={failed}
            />
          )}
          <Choose isFirst={!clip} onClip={start} onFailed={failed} />
        </div>
        <div class="told" hidden={!isFinding && !error && !refused}>
          {refused && <KeyField onKey={useKey} />}
          <p id="status" role="status" hidden={!isFinding}>
            {status}
          </p>
          {progress !== undefined && (
            <div id="working">
              <progress max="1" value={progress < 0 ? undefined : progress} aria-labelledby="status" />
              <button type="button" onClick={() => running.current?.abort()}>
                Cancel
              </button>
            </div>
          )}
          <p id="error" role="alert">
            {error}
          </p>
        </div>
        {wantsFacets && (
          <details class="narrow" open={matchMedia('(min-width: 64rem)').matches}>
            <summary>Narrow it down</summary>
            <Filters view={view} facets={facets} onChange={change} />
          </details>
        )}
        {isFinding && answered && clip && (
          <Moments
            key={answered.requestId}
            answered={answered}
            clipName={clip.file.name}
            inTrack={view.track !== undefined}
            player={player}
            onFailed={failed}
            onFindPlace={(track) => change({ track })}
            onAll={() => change({ track: undefined })}
            excluded={view.exclude.length}
            onRefuse={(id) => change({ exclude: [...view.exclude, id], track: undefined })}
            onRefuseNone={() => change({ exclude: [] })}
          />
        )}
        {!isFinding && (
          <Library
            view={view}
            onSearch={(q) => change({ q })}
            onFindPlace={clip?.read ? (track) => change({ track, view: 'find' }) : undefined}
            onFailed={failed}
          />
        )}
      </main>
    </>
  );
}

/** Alternatives are marks to jump to. */
const ALTERNATIVES = 3;

function optionsOf(view: View) {
  const { fit, k, hitAtMs, perArtist, variety, exclude, track } = view;
  const common = { fit, hitAtMs, alternatives: ALTERNATIVES };
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

function foundIn(name: string, { clip: { durationMs, lookedAtMs }, moments }: MomentsAnswer): string {
  const found = moments.length === 1 ? 'One moment' : `${moments.length} moments`;
  const part = durationMs - lookedAtMs > 1000 ? `; its first ${seconds(lookedAtMs)} were looked at` : '';
  const none = moments.length === 0 ? ' Take some filters away.' : '';
  return `${found} for ${name}, ${seconds(durationMs)}${part}.${none}`;
}
