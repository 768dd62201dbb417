"""Videos and cameras in; tracked faces, an annotated copy and a timeline out."""
