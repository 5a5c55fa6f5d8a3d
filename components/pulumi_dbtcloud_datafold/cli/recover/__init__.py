"""`dbtcloud-datafold recover`: finish an update that was killed."""
