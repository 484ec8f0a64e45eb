/** Puts the pages into the window. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Problem } from './api/client.ts'
import { LanguageProvider, loadLanguage } from './language/language.tsx'
import { router } from './router.tsx'
import { settingsNow } from './shell/settings.ts'
import './style/tokens.css'
import './style/base.css'
import './style/shell.css'

// Links that carry their address behind the hash (`/#/sign-in?code=…`) open the page they mean.
if (location.hash.startsWith('#/')) history.replaceState(null, '', location.hash.slice(1))

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1_000,
      refetchOnWindowFocus: false,
      // What the server refused it would refuse again; what did not arrive is asked for again, ever less often.
      retry: (count, error) => !(error instanceof Problem && error.body.status < 500) && count < 4,
      retryDelay: attempt => Math.min(500 * 2 ** attempt, 15_000),
      networkMode: 'always',
    },
  },
})

// Where its texts do not come, the pages speak English.
void loadLanguage(settingsNow().language)
  .catch(() => undefined)
  .then(draw)

function draw(): void {
  createRoot(document.getElementById('app')!).render(
    <StrictMode>
      <LanguageProvider>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </LanguageProvider>
    </StrictMode>,
  )
}
