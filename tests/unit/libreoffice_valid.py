"""Asks LibreOffice whether packages are signed validly, and prints one line per file: `FILE valid|invalid|none`.

Run by Debian's own python (it has the uno module), with the socket of an office that runs already:
    /usr/bin/python3 libreoffice_valid.py PIPE_NAME FILE...
It only verifies: the signing calls of LibreOffice 7.4 end its process (see tests/unit/libreoffice-valid.sh).
"""

import sys
import time

import uno


def connect(pipe):
    """The component context of the running office; waits at most a minute for it to come up."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    address = f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext"
    for _ in range(240):
        try:
            return resolver.resolve(address)
        except Exception:  # the office is not listening yet
            time.sleep(0.25)
    raise SystemExit("libreoffice_valid: the office did not answer within a minute")


def verdict(context, path):
    manager = context.ServiceManager
    storages = manager.createInstanceWithContext("com.sun.star.embed.StorageFactory", context)
    url = uno.systemPathToFileUrl(path)
    odf = path.endswith(".odt")
    # As LibreOffice itself opens them for this: plain zip, so that [Content_Types].xml and META-INF are seen.
    reading = uno.getConstantByName("com.sun.star.embed.ElementModes.READ")
    name = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
    name.Name, name.Value = "StorageFormat", "ZipFormat"
    options = uno.Any("[]com.sun.star.beans.PropertyValue", (name,))
    storage = uno.invoke(storages, "createInstanceWithArguments", ((url, reading, options),))
    signatures = manager.createInstanceWithArgumentsAndContext(
        "com.sun.star.security.DocumentDigitalSignatures", ("1.3", True), context)
    stream = None
    if odf:
        try:
            folder = storage.openStorageElement("META-INF", reading)
            stream = folder.openStreamElement("documentsignatures.xml", reading)
        except Exception:
            return "none"
    found = signatures.verifyDocumentContentSignatures(storage, stream)
    if not found:
        return "none"
    return "valid" if all(one.SignatureIsValid for one in found) else "invalid"


def main():
    context = connect(sys.argv[1])
    for path in sys.argv[2:]:
        try:
            answer = verdict(context, path)
        except Exception as error:  # a package that cannot even be opened
            answer = "invalid"
            print(f"{path}: {error}", file=sys.stderr)
        print(path, answer, flush=True)


main()
