/** A digest, short on the page and whole in its title. */
export function Digest({ value }: { readonly value: string | undefined }) {
  return value ? (
    <code title={value} className="nowrap">
      {value.slice(0, 12)}
    </code>
  ) : (
    '–'
  )
}
