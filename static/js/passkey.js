// Ask the browser for a passkey: to add one, to sign in with it, or to confirm a change.

const form = document.getElementById("passkey");
const button = form.querySelector("button");
const options = JSON.parse(document.getElementById("passkey-options").textContent);

// A passkey belongs to a name, not to an address such as 127.0.0.1, and to a page that nobody can change on its way.
const hasName = !/^[\d.]+$|:/.test(location.hostname);
const canAsk = isSecureContext && hasName && globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON;

async function ask() {
  const { creation_options: creation, request_options: request } = options;
  return creation
    ? navigator.credentials.create({
        publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(creation.publicKey),
      })
    : navigator.credentials.get({
        publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(request.publicKey),
      });
}

form.addEventListener("submit", async (event) => {
  if (form.elements.credential.value) return;
  event.preventDefault();
  const failed = document.getElementById("passkey-failed");
  failed.hidden = true;
  try {
    form.elements.credential.value = JSON.stringify(await ask());
    form.submit();
  } catch {
    failed.hidden = false; // refused, canceled, or too slow
  }
});

button.hidden = !canAsk;
document.getElementById("passkey-unavailable").hidden = Boolean(canAsk);
