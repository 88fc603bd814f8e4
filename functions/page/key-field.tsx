/** Asks for the service's API key, where it wants one. */
import { useEffect, useRef } from 'preact/hooks';
import { keepKey } from './service.ts';

export function KeyField({ onKey }: { onKey: () => void }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const use = (): void => {
    const key = field.current?.value.trim();
    if (!key) return;
    keepKey(key);
    onKey();
  };
  return (
    <div id="access" class="access">
      <label for="key">API key</label>
      <input
        id="key"
        ref={field}
        type="password"
        autocomplete="off"
        spellcheck={false}
        aria-describedby="key-note"
        onKeyDown={(event) => event.key === 'Enter' && use()}
      />
      <p id="key-note" class="note">
        This service answers to those who have a key. It is kept until you close this tab.
      </p>
      <button id="use-key" type="button" onClick={use}>
        Use this key
      </button>
    </div>
  );
}
