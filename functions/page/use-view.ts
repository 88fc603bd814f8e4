/** The view as the address has it: what is changed stands there, and the browser's own buttons go back. */
import { useEffect, useState } from 'preact/hooks';
import { readAddress, type View, writeAddress } from './address.ts';

export function useView(): [View, (next: Partial<View>) => void] {
  const [view, setView] = useState<View>(() => readAddress(location.search));
  useEffect(() => {
    const back = (): void => setView(readAddress(location.search));
    addEventListener('popstate', back);
    return () => removeEventListener('popstate', back);
  }, []);
  function change(next: Partial<View>): void {
    setView((before) => {
      const changed = { ...before, ...next };
      const address = `${location.pathname}${writeAddress(changed)}`;
      if (changed.view !== before.view) history.pushState(null, '', address);
      else history.replaceState(null, '', address);
      return changed;
    });
  }
  return [view, change];
}
