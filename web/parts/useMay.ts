import { useQuery } from '@tanstack/react-query'
import { me } from '../api/queries.ts'

/** What the signed-in key may do; buttons that it may not press are not shown. */
export function useMay(): { readonly edit: boolean } {
  const { data } = useQuery(me())
  return { edit: data?.role === 'editor' || data?.role === 'admin' }
}
