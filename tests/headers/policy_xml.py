"""What policy.xml says of each interface and template: one JSON object a line, blanks in texts reduced to one."""
import json
import sys
import xml.etree.ElementTree as ElementTree


def words(element):
    return " ".join(" ".join(element.itertext()).split()) if element is not None else ""


root = ElementTree.parse(sys.argv[1]).getroot()
for layer in root.iter("layer"):
    for module in layer.iter("module"):
        for entry in module:
            if entry.tag not in ("interface", "template"):
                continue
            flow = entry.find("infoflow")
            print(json.dumps({
                "layer": layer.get("name"),
                "module": module.get("name"),
                "about": words(module.find("summary")),
                "kind": entry.tag,
                "name": entry.get("name"),
                "summary": words(entry.find("summary")),
                "description": words(entry.find("desc")),
                "infoflow": [flow.get("type"), int(flow.get("weight", "0"))] if flow is not None else None,
                "rolecap": entry.find("rolecap") is not None,
                "parameters": [
                    [p.get("name"), words(p), p.get("optional") == "true", p.get("unused") == "true"]
                    for p in entry.findall("param")
                ],
            }))
