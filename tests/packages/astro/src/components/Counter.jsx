import { useState } from "preact/hooks";

export default function Counter({ start, children }) {
  const [count, setCount] = useState(start);
  return (
    <button onClick={() => setCount(count + 1)}>
      {children} {count}
    </button>
  );
}
