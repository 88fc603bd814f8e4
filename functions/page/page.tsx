/** The page at `/`: choose, drop or record a clip, hear it with the moments that suit it, and look through the library. */
import { render } from 'preact';
import { App } from './app.tsx';

render(<App />, document.getElementById('page') as HTMLElement);
