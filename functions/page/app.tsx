/** The whole page: what was chosen, what is asked of it, what came back, and which of its views is shown. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { FIRST_VIEW, filtersOf, type View, writeAddress } from './address.ts';
import { Filters } from './cards/filters.tsx';
import { Moments } from './cards/moments.tsx';
import { Choose } from './choose.tsx';
import { KeyField } from './key-field.tsx';
import { Library } from './library/library.tsx';
import { createPlayer } from './player/player.ts';
import { Stage } from './player/stage.tsx';
import { type FiltersAnswer, type MomentsAnswer, needsKey, filters as readFilters, sentenceOf } from './service.ts';
import { seconds } from './times.ts';
import { useAnswer } from './use-answer.ts';
import { useClip, type Wanted, whatIsMissing } from './use-clip.ts';
import { useView } from './use-view.ts';
import { Welcome } from './welcome.tsx';
import { Working } from './work.tsx';

export function App() {
  const [view, change] = useView();
  const [note, setNote] = useState('');
  const [error, setError] = useState('');
  const [refused, setRefused] = useState(false);
  const [facets, setFacets] = useState<FiltersAnswer>();
  const [, redraw] = useState({});
  const player = useMemo(createPlayer, []);
  useEffect(() => player.subscribe(() => redraw({})), [player]);

  const told = useMemo(() => {
    const turnOff = (what?: Wanted): void => {
      if (what) change(what === 'cuts' ? { cuts: false } : { duck: false });
    };
    return {
      onStart: (): void => {
        player.pause();
        setError('');
        setNote('');
      },
      onAnswered: (): void => {
        setError('');
        setNote('');
        setRefused(false);
      },
      onFailed: (reason: unknown, what?: Wanted): void => {
        if (needsKey(reason)) setRefused(true);
        setError(sentenceOf(reason));
        turnOff(what);
      },
      onCancelled: (what?: Wanted): void => {
        setNote('Cancelled.');
        turnOff(what);
      },
    };
  }, [player]);
  const wanted = { cuts: view.cuts, speech: view.duck };
  const { clip, work: reading, start, again } = useClip(wanted, told);
  const ready = clip?.read && !whatIsMissing(clip, wanted) ? { read: clip.read, found: clip.found } : undefined;
  const { answered, inTrack, work: asking } = useAnswer(view, ready, told);
  const work = reading ?? asking;

  const isFinding = view.view === 'find';
  const wantsFacets = Boolean(answered) || !isFinding;
  const filtered = JSON.stringify(view.filters);
  useEffect(() => {
    if (!wantsFacets) return;
    let isLatest = true;
    readFilters(filtersOf(view)).then(
      (answer) => isLatest && setFacets(answer),
      (reason) => isLatest && told.onFailed(reason),
    );
    return () => {
      isLatest = false;
    };
  }, [wantsFacets, filtered, refused]);
  useEffect(() => {
    player.pause();
    setError('');
  }, [view.view]);

  function useKey(): void {
    setRefused(false);
    setError('');
    again();
  }

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
  const narrow = wantsFacets && <Filters view={view} facets={facets} onChange={change} onFailed={told.onFailed} />;
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
      <main class={isFinding ? (clip ? 'with-clip' : 'first') : 'with-library'}>
        <h1 class={clip || !isFinding ? 'unseen' : ''}>{isFinding ? 'Music for your clip' : 'The library'}</h1>
        <div class="side" hidden={!isFinding}>
          {clip && (
            <Stage
              src={clip.src}
              clipMs={clip.read?.durationMs ?? 0}
              player={player}
              view={view}
              found={clip.found}
              onChange={change}
              onFailed={told.onFailed}
            />
          )}
          {!clip && <p class="lead">{LEAD}</p>}
          <Choose isFirst={!clip} onClip={start} onFailed={told.onFailed} />
        </div>
        {isFinding && !clip && <Welcome />}
        <div class="told" hidden={!isFinding && !error && !refused}>
          {refused && <KeyField onKey={useKey} />}
          {isFinding && (
            <Working work={work} status={note || (answered && clip ? foundIn(clip.file.name, answered.answer) : '')} />
          )}
          <p id="error" role="alert">
            {error}
          </p>
          {error && isFinding && clip && !answered && !work && clip.read && (
            <button type="button" onClick={again}>
              Try again
            </button>
          )}
        </div>
        {narrow}
        {isFinding && clip && !answered && work && <Waiting />}
        {isFinding && answered && clip && (
          <Moments
            key={answered.requestId}
            answered={answered}
            clip={clip}
            inTrack={inTrack}
            player={player}
            onFailed={told.onFailed}
            onFindPlace={(track) => change({ track })}
            onAll={() => change({ track: undefined })}
            excluded={view.exclude.length}
            onRefuse={(id) => change({ exclude: [...view.exclude, id], track: undefined })}
            onRefuseNone={() => change({ exclude: [] })}
            onNoFilters={
              Object.keys(view.filters).length > 0 ? () => change({ filters: FIRST_VIEW.filters }) : undefined
            }
          />
        )}
        {!isFinding && (
          <Library
            view={view}
            onSearch={(q) => change({ q })}
            onFindPlace={clip?.read ? (track) => change({ track, view: 'find' }) : undefined}
            onFailed={told.onFailed}
          />
        )}
      </main>
    </>
  );
}

const LEAD =
  'Choose a short video and hear it at once with the moments of this music library that suit it: which track, and from where to where.';

/** In the answer's place while it is not there. */
function Waiting() {
  return (
    <div class="result waiting" aria-hidden="true">
      {[1, 2, 3].map((one) => (
        <div key={one} class="card" />
      ))}
    </div>
  );
}

function foundIn(name: string, { clip: { durationMs, lookedAtMs }, moments }: MomentsAnswer): string {
  const found = moments.length === 1 ? 'One moment' : `${moments.length} moments`;
  const part = durationMs - lookedAtMs > 1000 ? `; its first ${seconds(lookedAtMs)} were looked at` : '';
  return `${found} for ${name}, ${seconds(durationMs)}${part}.`;
}
