import { Go } from '../parts/Go.tsx'
import { paths } from '../paths.ts'

export function Brand() {
  return (
    <Go to={paths.overview()} className="brand">
      <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
        <circle
          cx="16"
          cy="16"
          r="11"
          fill="none"
          stroke="currentColor"
          strokeWidth="4.5"
          strokeDasharray="8.5 3"
          transform="rotate(-75 16 16)"
        />
        <circle cx="16" cy="16" r="3.6" fill="var(--ok)" />
      </svg>
      Falconer
    </Go>
  )
}
