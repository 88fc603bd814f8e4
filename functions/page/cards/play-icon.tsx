/** What a round button shows: that it plays, that it stops, or that it is not there yet. */
export function PlayIcon({ state }: { state: 'idle' | 'loading' | 'playing' }) {
  if (state === 'loading') return <span class="spinner" aria-hidden="true" />;
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d={state === 'playing' ? 'M6 5h4v14H6zM14 5h4v14h-4z' : 'M7 4.5v15l13-7.5z'} />
    </svg>
  );
}
