/** Builds the pages to dist/web with hashed names; while developing, calls go to a server on port 7700. */
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = process.env.FALCONER_URL ?? 'http://127.0.0.1:7700'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    // Nothing is pasted into the page: the content policy of the server allows no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/v1': server, '/health': server } },
})
