"use strict";
const address = document.getElementById("address");
const button = document.getElementById("copy");
if (address && button) {
  const said = document.getElementById("copied");
  const select = () => { address.focus(); address.setSelectionRange(0, address.value.length); };
  // Without https there is no clipboard, and the old command may be refused: then the person copies.
  const copied = async () => {
    try { await navigator.clipboard.writeText(address.value); return true; }
    catch { select(); return document.execCommand("copy"); }
  };
  address.addEventListener("focus", () => address.select());
  button.addEventListener("click", async () => {
    said.textContent = "";
    const done = await copied();
    if (!done) select();
    said.textContent = done ? "Copied." : "The link is marked: copy it with the keyboard or a long press.";
  });
  button.hidden = false;
}
